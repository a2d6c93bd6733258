/// Where the database is and how a session with it is set up.
package struct ConnectionConfiguration: Sendable {
    /// A server's address. `host` that starts with a slash is the folder of a unix socket.
    package struct Endpoint: Sendable, Hashable {
        package var host: String
        /// The host's numeric address, where it is not to be looked up: libpq's `hostaddr`. The host may then be empty.
        package var address: String?
        package var port: Int

        package init(host: String, address: String? = nil, port: Int = 5432) {
            self.host = host
            self.address = address
            self.port = port
        }
    }

    package enum StatementNaming: Sendable {
        /// Prepared once per connection, under the statement's name.
        case named
        /// Parsed with every call: for PgBouncer before 1.21 in transaction mode. Session settings are then neither
        /// sent at the start nor tracked: those of a call hold for that call's transaction only.
        case unnamed
    }

    /// Tried in turn, as libpq does.
    package var endpoints: [Endpoint]
    package var user: String
    package var password: String?
    package var database: String
    package var applicationName = "likeness"
    /// libpq's `target_session_attrs`: any, read-write, read-only, primary, standby, prefer-standby.
    package var targetSessionAttributes = "any"
    /// libpq's `sslmode`, and the file that holds the authority's certificate.
    package var tlsMode = "prefer"
    package var tlsRootCertificate: String?
    /// Name resolution, handshake and authentication together.
    package var connectTimeout: Duration = .seconds(2)
    package var statementNaming = StatementNaming.named
    /// Settings that every session starts with; `hnsw.ef_search` and its like are allowed.
    package var sessionSettings: [String: String] = Self.defaultSessionSettings
    /// libpq's `options`, for the server: they win over `sessionSettings`.
    package var serverOptions: String?
    /// Any other libpq keywords.
    package var options: [String: String] = [:]

    /// Nothing runs on for long after its caller has gone.
    package static let defaultSessionSettings = [
        "statement_timeout": "30s", "lock_timeout": "1s", "idle_in_transaction_session_timeout": "5s",
        "client_connection_check_interval": "1s", "DateStyle": "ISO", "TimeZone": "UTC",
    ]

    package init(endpoints: [Endpoint], user: String, password: String? = nil, database: String) {
        self.endpoints = endpoints
        self.user = user
        self.password = password
        self.database = database
    }

    /// Makes the configuration of a server on this machine.
    package init(socketDirectory: String, port: Int = 5432, user: String, database: String) {
        self.init(endpoints: [Endpoint(host: socketDirectory, port: port)], user: user, database: database)
    }
}

extension ConnectionConfiguration {
    /// libpq's keywords; `addresses` are the endpoints' numeric addresses, empty for unix sockets.
    func keywords(addresses: [String]) -> [(String, String)] {
        var words: [(String, String)] = [
            ("host", self.endpoints.map(\.host).joined(separator: ",")),
            ("port", self.endpoints.map { String($0.port) }.joined(separator: ",")),
            ("user", self.user), ("dbname", self.database), ("application_name", self.applicationName),
            ("client_encoding", "UTF8"), ("target_session_attrs", self.targetSessionAttributes),
            ("sslmode", self.tlsMode), ("gssencmode", "disable"),
            // A peer that vanished is noticed within ten seconds, also while we write.
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
        if addresses.contains(where: { !$0.isEmpty }) { words.append(("hostaddr", addresses.joined(separator: ","))) }
        if let password { words.append(("password", password)) }
        if let tlsRootCertificate { words.append(("sslrootcert", tlsRootCertificate)) }
        let settings = self.statementNaming == .named ? self.startOptions : ""
        // The server takes the last of several values.
        let options = [settings, self.serverOptions ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !options.isEmpty { words.append(("options", options)) }
        for (keyword, value) in self.options.sorted(by: { $0.key < $1.key }) { words.append((keyword, value)) }
        return words
    }

    /// The values of settings that every session has: of those that it starts with and `serverOptions` does not name.
    var ownSettingValues: [String: String] {
        guard self.statementNaming == .named else { return [:] }
        let others = self.serverOptions ?? ""
        return self.sessionSettings.filter { !others.contains("\($0.key)=") }
    }

    /// `-c name=value …`, with blanks and backslashes escaped.
    private var startOptions: String {
        self.sessionSettings.sorted { $0.key < $1.key }.map { name, value in
            var escaped = ""
            for character in value {
                if character == " " || character == "\\" { escaped.append("\\") }
                escaped.append(character)
            }
            return "-c \(name)=\(escaped)"
        }.joined(separator: " ")
    }
}
