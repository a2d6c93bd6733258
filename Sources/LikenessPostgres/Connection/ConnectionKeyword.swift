internal import CLibpq

/// What becomes of each setting that libpq knows in a connection string.
enum ConnectionKeyword {
    /// Has a field of its own in `ConnectionConfiguration`.
    case used
    /// Goes to libpq as it is.
    case passed
    /// Is not possible here, for this reason.
    case refused(String)

    /// Every keyword of `PQconndefaults`, of PostgreSQL 15 and what later versions added.
    ///
    /// - SeeAlso: PostgreSQL manual, section 34.1.2, "Parameter Key Words".
    static let all: [String: ConnectionKeyword] = [
        "host": .used, "hostaddr": .used, "port": .used, "dbname": .used, "user": .used, "password": .used,
        "application_name": .used, "fallback_application_name": .used, "options": .used, "sslmode": .used,
        "sslrootcert": .used, "target_session_attrs": .used, "client_encoding": .used,
        "passfile": .passed, "channel_binding": .passed, "keepalives": .passed, "keepalives_idle": .passed,
        "keepalives_interval": .passed, "keepalives_count": .passed, "tcp_user_timeout": .passed,
        "sslcompression": .passed, "sslcert": .passed, "sslkey": .passed, "sslpassword": .passed, "sslcrl": .passed,
        "sslcrldir": .passed, "sslsni": .passed, "requirepeer": .passed, "ssl_min_protocol_version": .passed,
        "ssl_max_protocol_version": .passed, "gssencmode": .passed, "krbsrvname": .passed, "gsslib": .passed,
        "gssdelegation": .passed, "require_auth": .passed, "sslcertmode": .passed, "sslnegotiation": .passed,
        "min_protocol_version": .passed, "max_protocol_version": .passed, "scram_client_key": .passed,
        "scram_server_key": .passed,
        "connect_timeout": .refused("the time-out is the setting database.connect_timeout"),
        "service": .refused("service files are not read: give the settings themselves"),
        "servicefile": .refused("service files are not read: give the settings themselves"),
        "replication": .refused("a session for replication answers no queries"),
        "load_balance_hosts": .refused("hosts are tried in their order: name them in the order wanted"),
    ]

    /// Values other than these are refused when the string is read rather than with each connection.
    static let choices: [String: [String]] = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
        "channel_binding": ["disable", "prefer", "require"],
        "gssencmode": ["disable", "prefer", "require"],
    ]
    /// Those whose values only the server may see.
    static let secrets: Set<String> = ["password", "sslpassword", "scram_client_key", "scram_server_key"]
}

extension ConnectionKeyword {
    /// The keywords of the libpq that this program runs with.
    static func ofLibrary() -> [String] {
        guard let defaults = unsafe PQconndefaults() else { return [] }
        defer { unsafe PQconninfoFree(defaults) }
        var keywords: [String] = []
        var option = unsafe defaults
        while let keyword = unsafe option.pointee.keyword {
            keywords.append(unsafe String(cString: keyword))
            unsafe option += 1
        }
        return keywords
    }
}
