internal import CLibpq

extension ConnectionConfiguration {
    /// Reads a libpq connection string (`host=… dbname=…`) or URI (`postgresql://…`).
    ///
    /// Every setting in it is used or refused by name. No error quotes any part of the string: a mistyped one holds its
    /// password anywhere.
    ///
    /// - Throws: `DatabaseError` of kind `.connectFailed`.
    /// - SeeAlso: PostgreSQL 15, section 34.1.1, "Connection Strings".
    package init(connectionString: String) throws(DatabaseError) {
        if Self.hasStrayAt(connectionString) {
            throw Self.invalid("there is more than one @: write @ : / and % within a password as %40 %3A %2F and %25")
        }
        var words = try Self.parse(connectionString)
        for (keyword, value) in words.sorted(by: { $0.key < $1.key }) {
            switch ConnectionKeyword.all[keyword] {
            case .used, .passed: break
            case .refused(let reason): throw Self.invalid("\(keyword) is not possible here: \(reason)")
            case nil: throw Self.invalid("\(keyword) is not known to this program")
            }
            if let choices = ConnectionKeyword.choices[keyword], !choices.contains(value) {
                throw Self.invalid("\(keyword) is none of \(choices.joined(separator: ", "))")
            }
        }
        let endpoints = try Self.endpoints(
            hosts: words.removeValue(forKey: "host"),
            addresses: words.removeValue(forKey: "hostaddr"),
            ports: words.removeValue(forKey: "port")
        )
        let user = words.removeValue(forKey: "user") ?? "likeness"
        let database = words.removeValue(forKey: "dbname") ?? user
        self.init(endpoints: endpoints, user: user, password: words.removeValue(forKey: "password"), database: database)
        let fallbackName = words.removeValue(forKey: "fallback_application_name")
        if let name = words.removeValue(forKey: "application_name") ?? fallbackName { self.applicationName = name }
        if let attributes = words.removeValue(forKey: "target_session_attrs") {
            self.targetSessionAttributes = attributes
        }
        if let mode = words.removeValue(forKey: "sslmode") { self.tlsMode = mode }
        self.tlsRootCertificate = words.removeValue(forKey: "sslrootcert")
        self.serverOptions = words.removeValue(forKey: "options")
        if let encoding = words.removeValue(forKey: "client_encoding"),
            !["utf8", "utf-8", "unicode", "auto"].contains(encoding.lowercased())
        {
            throw Self.invalid("client_encoding is not possible here: it is always UTF8")
        }
        self.options = words
    }

    /// What may not be seen, for `SecretRedaction`: not values so short that they stand in any text, nor those that are
    /// a name as well.
    var secrets: [String] {
        let names = [self.user, self.database] + self.endpoints.map(\.host)
        let secret = self.options.filter { ConnectionKeyword.secrets.contains($0.key) }.map(\.value)
        return (secret + [self.password ?? ""]).filter { $0.utf8.count >= 4 && !names.contains($0) }
    }

    private static func invalid(_ reason: String) -> DatabaseError {
        DatabaseError(.connectFailed, nothingWasSent: true, detail: "invalid connection string: \(reason)")
    }

    private static func parse(_ connectionString: String) throws(DatabaseError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = unsafe PQconninfoParse(connectionString, &message) else {
            let text = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw Self.invalid(Self.reason(text))
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
        return words
    }

    /// libpq's reason without what it quotes, which may be a piece of a password.
    private static func reason(_ text: String) -> String {
        let known = [
            ("missing \"=\"", "a word has no = (a value with blanks stands in single quotes)"),
            ("unterminated quoted string", "a quoted value has no end"),
            ("invalid connection option", "it has a setting that libpq does not know"),
            ("invalid URI query parameter", "it has a setting after the ? that libpq does not know"),
            ("invalid percent-encoded token", "% is not followed by two hexadecimal digits (write % as %25)"),
            ("forbidden value %00", "%00 is not possible in a value"),
            ("end of string reached", "the address of a host in brackets has no ]"),
            ("IPv6 host address may not be empty", "the address of a host in brackets is empty"),
            ("unexpected character", "something other than : or / follows the ] of an address"),
            ("extra key/value separator", "a setting after the ? has more than one ="),
            ("missing key/value separator", "a setting after the ? has no ="),
            ("out of memory", "out of memory"),
        ]
        return known.first { text.hasPrefix($0.0) }?.1 ?? "libpq cannot read it"
    }

    /// Whether a URI has an `@` where libpq would take a piece of the password for a host, a port or a database.
    private static func hasStrayAt(_ text: String) -> Bool {
        guard let scheme = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else { return false }
        var rest = text.dropFirst(scheme.count)
        if let end = rest.firstIndex(where: { $0 == "@" || $0 == "/" }), rest[end] == "@" {
            rest = rest[rest.index(after: end)...]
        }
        return rest.prefix { $0 != "?" }.contains("@")
    }

    private static func endpoints(
        hosts: String?,
        addresses: String?,
        ports: String?
    ) throws(DatabaseError) -> [Endpoint] {
        func list(_ text: String?) -> [String] {
            (text ?? "").isEmpty
                ? [] : (text ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (hosts, addresses, ports) = (list(hosts), list(addresses), list(ports))
        let count = max(hosts.count, addresses.count, 1)
        guard hosts.isEmpty || addresses.isEmpty || hosts.count == addresses.count else {
            throw Self.invalid("host and hostaddr name different numbers of servers")
        }
        guard ports.count <= 1 || ports.count == count else {
            throw Self.invalid("port has neither one number nor one for each host")
        }
        var endpoints: [Endpoint] = []
        for index in 0..<count {
            let address = addresses.isEmpty ? "" : addresses[index]
            guard address.isEmpty || NameResolution.isNumeric(address) else {
                throw Self.invalid("hostaddr is not a numeric address")
            }
            let host = hosts.isEmpty || hosts[index].isEmpty ? (address.isEmpty ? Self.socketFolder : "") : hosts[index]
            let text = ports.isEmpty ? "" : ports[min(index, ports.count - 1)]
            guard let port = text.isEmpty ? 5432 : Int(text), (1...65_535).contains(port) else {
                throw Self.invalid(
                    "port is not a number from 1 to 65535 (is there a / in the password? write it as %2F)"
                )
            }
            endpoints.append(Endpoint(host: host, address: address.isEmpty ? nil : address, port: port))
        }
        return endpoints
    }

    /// Where Debian's libpq looks for a server when no host is named.
    private static let socketFolder = "/var/run/postgresql"
}
