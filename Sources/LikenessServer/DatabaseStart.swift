internal import LikenessPostgres
internal import LikenessRepository
internal import Logging

/// What a start needs of the database: its schema and the keys that all servers share. Waits for one that is away.
struct DatabaseStart: Sendable {
    let database: Database
    /// Without the sessions' settings for searches, which need the extensions.
    let schemaConnection: ConnectionConfiguration
    let pageTokens: PageTokens
    let operations: OperationRepository
    let settings: ServerConfiguration.Database
    let logger: Logger

    private static let pause = Duration.milliseconds(500)

    /// - Returns: Whether all is done. If not, the role may not do all that it needs, which is no reason to end, because
    ///   health says what that is and a GRANT mends it: then `finish` goes on.
    /// - Throws: `ConfigurationError` when the database does not come within `database.start_timeout`, or is not as it
    ///   must be.
    func run() async throws -> Bool {
        let deadline = ContinuousClock.now + self.settings.startTimeout
        var lastReason = ""
        while true {
            do {
                return try await self.attempt()
            } catch {
                guard let outage = Self.outage(error) else { throw Self.described(error) }
                guard !outage.needsOperator, .now < deadline else {
                    throw ConfigurationError(["database: \(outage.text)"])
                }
                if outage.text != lastReason {
                    lastReason = outage.text
                    self.logger.warning(
                        "waiting for the database",
                        metadata: ["reason": "\(outage.text)", "at_most": "\(self.settings.startTimeout)"]
                    )
                }
            }
            try await Task.sleep(until: min(.now + Self.pause, deadline), clock: .continuous)
        }
    }

    private func attempt() async throws -> Bool {
        let schema = Schema(logger: self.logger)
        if self.settings.migrates {
            for name in try await schema.apply(self.schemaConnection) {
                self.logger.info("migration applied", metadata: ["file": "\(name)"])
            }
        } else {
            let pending = try await schema.pending(self.schemaConnection)
            guard pending.isEmpty else {
                throw ConfigurationError(pending.map { "migration \($0) is pending: run likenessd migrate up" })
            }
        }
        do throws(RepositoryError) {
            try await self.loadShared()
            return true
        } catch {
            guard case .unavailable(.rights, let detail) = error else { throw error }
            self.logger.error("the service may not do all it needs in the database", metadata: ["detail": "\(detail)"])
            return false
        }
    }

    /// Tries again until it is done or cancelled.
    func finish() async {
        while !Task.isCancelled {
            do throws(RepositoryError) {
                return try await self.loadShared()
            } catch {
                self.logger.debug("the start is not complete", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(5))
        }
    }

    private func loadShared() async throws(RepositoryError) {
        try await self.pageTokens.load(from: self.database)
        try await self.operations.failAbandoned()
        for concern in try await ServerLogSettings.concerns(self.database) {
            self.logger.warning("the database's log will hold what people search for", metadata: ["why": "\(concern)"])
        }
    }

    /// Why the database cannot be used now; `nil` for errors of another kind.
    private static func outage(_ error: any Error) -> (text: String, needsOperator: Bool)? {
        let reason: RepositoryError
        switch error {
        case let error as RepositoryError: reason = error
        case let error as DatabaseError: reason = RepositoryError(error)
        case MigrationError.database(let error): reason = RepositoryError(error)
        default: return nil
        }
        switch reason {
        case .unavailable(let outage, let detail):
            return ("\(outage.facts.message): \(detail)", outage.facts.needsOperator)
        case .exhausted, .deadlineExceeded, .conflict, .collision: return ("\(reason)", false)
        default: return nil
        }
    }

    /// An error of a command that cannot wait: with its cause where the database cannot be used.
    static func explained(_ error: any Error) -> any Error {
        self.outage(error).map { ConfigurationError(["database: \($0.text)"]) } ?? self.described(error)
    }

    private static func described(_ error: any Error) -> any Error {
        switch error {
        case let error as MigrationError:
            ConfigurationError(error.description.split(separator: "\n").map { "database: \($0)" })
        case let error as RepositoryError: ConfigurationError(["database: \(ServiceError(error).logText)"])
        default: error
        }
    }
}
