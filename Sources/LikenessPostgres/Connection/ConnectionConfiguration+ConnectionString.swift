internal import CLibpq

extension ConnectionConfiguration {
    /// Reads a libpq connection string (`host=… dbname=…`) or URI (`postgresql://…`).
    ///
    /// - Throws: `DatabaseError` of kind `.connectFailed` with libpq's reason, which never quotes the password.
    /// - SeeAlso: PostgreSQL 15, section 34.1.1, "Connection Strings".
    package init(connectionString: String) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = unsafe PQconninfoParse(connectionString, &message) else {
            let reason = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw DatabaseError(.connectFailed, nothingWasSent: true, detail: "invalid connection string: \(reason)")
        }
        var words: [String: String] = [:]
        var option = unsafe parsed
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                words[unsafe String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        unsafe PQconninfoFree(parsed)

        func list(_ keyword: String) -> [String] {
            words.removeValue(forKey: keyword)?.split(separator: ",").map(String.init) ?? []
        }
        let hosts = list("host")
        let ports = list("port").compactMap { Int($0) }
        let endpoints = (hosts.isEmpty ? ["/var/run/postgresql"] : hosts).enumerated().map { index, host in
            Endpoint(host: host, port: ports.isEmpty ? 5432 : ports[min(index, ports.count - 1)])
        }
        let user = words.removeValue(forKey: "user") ?? "likeness"
        let database = words.removeValue(forKey: "dbname") ?? user
        self.init(endpoints: endpoints, user: user, password: words.removeValue(forKey: "password"), database: database)
        if let name = words.removeValue(forKey: "application_name") { self.applicationName = name }
        if let attributes = words.removeValue(forKey: "target_session_attrs") {
            self.targetSessionAttributes = attributes
        }
        if let mode = words.removeValue(forKey: "sslmode") { self.tlsMode = mode }
        self.tlsRootCertificate = words.removeValue(forKey: "sslrootcert")
        // Time limits and addresses are ours to set: see `keywords(addresses:)`.
        for ours in ["connect_timeout", "hostaddr", "client_encoding"] { words[ours] = nil }
        self.options = words
    }
}
