internal import CLibpq
internal import Synchronization

extension Connection {
    /// Opens a session: names resolved elsewhere, the handshake driven by the reactor, all of it within
    /// `connectTimeout`.
    ///
    /// - Throws: `.connectFailed`.
    package static func open(
        _ configuration: ConnectionConfiguration,
        reactor: Reactor = .shared,
        times: StatementTimes? = nil
    ) async throws(DatabaseError) -> Connection {
        let deadline = Moment.now + configuration.connectTimeout
        let addresses = try await Self.resolve(configuration, deadline: deadline, reactor: reactor)
        let connection = unsafe Connection(
            configuration: configuration,
            reactor: reactor,
            times: times,
            state: ConnectionState(
                phase: .opening(nil, deadline: deadline),
                sessionSettings: configuration.statementNaming == .named ? Set(configuration.sessionSettings.keys) : [],
                ownValues: configuration.ownSettingValues
            )
        )
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                connection.state.withLock { state in
                    connection.startOpening(&state, addresses, deadline, continuation)
                }.perform()
            }
        } onCancel: {
            connection.state.withLock { state in
                guard case .opening(.some, _) = state.phase else { return Effects() }
                return connection.end(&state, DatabaseError(.cancelled, nothingWasSent: true))
            }.perform()
        }
        if let error = outcome.failure { throw error }
        do {
            try await connection.lookUpTypes(deadline: deadline)
        } catch {
            connection.close()
            throw DatabaseError(.connectFailed, nothingWasSent: true, sqlState: error.sqlState, detail: error.detail)
        }
        return connection
    }

    private static func resolve(
        _ configuration: ConnectionConfiguration,
        deadline: Moment,
        reactor: Reactor
    ) async throws(DatabaseError) -> [String] {
        let endpoints = configuration.endpoints
        if endpoints.allSatisfy({ $0.address != nil || NameResolution.isLocalOrNumeric($0.host) }) {
            return endpoints.map { $0.address ?? NameResolution.address(of: $0.host) ?? "" }
        }
        let addresses = await TimedWait<[String?]>.run(until: deadline, on: reactor) {
            endpoints.map { $0.address ?? NameResolution.address(of: $0.host) }
        }
        guard let addresses, !addresses.contains(nil) else {
            throw configuration.connectFailure("no address for \(endpoints.map(\.host).joined(separator: ", "))")
        }
        return addresses.compactMap(\.self)
    }

    private func startOpening(
        _ state: inout ConnectionState,
        _ addresses: [String],
        _ deadline: Moment,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) -> Effects {
        state.phase = .opening(continuation, deadline: deadline)
        if Task.isCancelled { return self.end(&state, DatabaseError(.cancelled, nothingWasSent: true)) }
        let keywords = self.configuration.keywords(addresses: addresses)
        unsafe state.raw = unsafe Self.withCStrings(keywords.map(\.0)) { names in
            unsafe Self.withCStrings(keywords.map(\.1)) { values in unsafe PQconnectStartParams(names, values, 0) }
        }
        guard let raw = unsafe state.raw, unsafe PQstatus(raw) != CONNECTION_BAD else {
            let detail = unsafe state.raw.map { unsafe DatabaseError.connectionText($0) } ?? "out of memory"
            return self.end(&state, self.configuration.connectFailure(detail))
        }
        unsafe likeness_ignore_notices(raw)
        // Only so does libpq 15 say the server's code when a session is refused.
        unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        self.setTimer(&state, deadline)
        unsafe self.reactor.watch(PQsocket(raw), .writable, token: self.token)
        return Effects()
    }

    func continueOpening(_ state: inout ConnectionState) -> Effects {
        guard let raw = unsafe state.raw, case .opening(let continuation, _) = state.phase else { return Effects() }
        switch unsafe PQconnectPoll(raw) {
        case PGRES_POLLING_READING:
            unsafe self.reactor.watch(PQsocket(raw), .readable, token: self.token)
            return Effects()
        case PGRES_POLLING_WRITING:
            unsafe self.reactor.watch(PQsocket(raw), .writable, token: self.token)
            return Effects()
        case PGRES_POLLING_OK:
            guard unsafe PQsetnonblocking(raw, 1) == 0 else { fallthrough }
            unsafe PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
            state.phase = .open
            self.updateInterest(&state)
            guard let continuation else { return Effects() }
            return Effects(answers: [(continuation, Outcome())])
        default:
            let detail = unsafe DatabaseError.connectionText(raw)
            return self.end(&state, self.configuration.connectFailure(detail))
        }
    }

    /// pgvector's types have another number in each database.
    private func lookUpTypes(deadline: Moment) async throws(DatabaseError) {
        let statement = Statement(
            "",
            "SELECT typname, oid::int8 FROM pg_catalog.pg_type WHERE typname IN ('vector', 'halfvec') AND typtype = 'b'",
            countedAs: "extension_types"
        )
        var batch = Batch()
        batch.add(statement)
        var results = try await self.run(batch, deadline: deadline)
        let result = results.next()
        var types = ExtensionTypes()
        for row in 0..<result.rowCount {
            let name: String = try result.value(row, 0)
            let oid = UInt32(try result.value(row, 1) as Int64)
            if name == "vector" { types.vector = oid } else { types.halfvec = oid }
        }
        let found = types
        self.state.withLock { $0.types = found }
    }

    /// Lends an array of C strings that ends with `NULL`.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var pointers: [UnsafePointer<CChar>?] = unsafe starts.map { unsafe bytes.baseAddress! + $0 }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
    }
}

extension ConnectionConfiguration {
    /// Why no session could be opened, from libpq's text in its verbose form.
    func connectFailure(_ text: String) -> DatabaseError {
        let (sqlState, detail) = VerboseText.parts(of: text)
        return DatabaseError(
            .connectFailed,
            nothingWasSent: true,
            sqlState: sqlState,
            detail: SecretRedaction.redact(detail, secrets: self.secrets)
        )
    }
}

/// libpq's text of an error in its verbose form: `SEVERITY:  CODE: message`, then lines that name PostgreSQL's source.
enum VerboseText {
    /// - Returns: The code of the last server that gave one, and the text without codes and source lines.
    static func parts(of text: String) -> (sqlState: String?, detail: String) {
        var sqlState: String?
        var lines: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("LOCATION:") { continue }
            guard let gap = line.firstRange(of: ":  ") else {
                lines.append(String(line))
                continue
            }
            let rest = line[gap.upperBound...]
            let code = rest.prefix(5)
            guard code.utf8.count == 5, rest.dropFirst(5).hasPrefix(": "),
                code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
            else {
                lines.append(String(line))
                continue
            }
            sqlState = String(code)
            lines.append("\(line[..<gap.upperBound])\(rest.dropFirst(7))")
        }
        return (sqlState, lines.joined(separator: "\n"))
    }
}
