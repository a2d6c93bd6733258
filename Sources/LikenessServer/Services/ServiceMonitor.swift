package import LikenessEmbedding
package import LikenessMessages
internal import LikenessPostgres
package import LikenessRepository
internal import LikenessWire
package import Logging
internal import Synchronization

/// Knows how the service is doing, for health, version and statistics.
package final class ServiceMonitor: Sendable {
    package let startTime: ProtobufTimestamp
    private let database: Database
    private let rights: DatabaseRights
    private let embeddings: EmbeddingRepository
    private let embedders: EmbedderRegistry
    private let logger: Logger
    private let latest = Mutex((found: GetHealthResponse(status: .notServing), at: ContinuousClock.now))
    private let hasWarned = Atomic(false)
    private let punctuality = Mutex(Punctuality())
    private let outbox = Mutex(OutboxStatus())
    private let knownVersions = Mutex<KnownVersions?>(nil)

    private struct KnownVersions {
        let versions: StatisticsRepository.Versions
        var readAt: ContinuousClock.Instant
    }

    package init(
        startTime: ProtobufTimestamp,
        database: Database,
        rights: DatabaseRights,
        embeddings: EmbeddingRepository,
        embedders: EmbedderRegistry,
        logger: Logger
    ) {
        self.startTime = startTime
        self.database = database
        self.rights = rights
        self.embeddings = embeddings
        self.logger = logger
        self.embedders = embedders
    }

    /// Names of the models; empty when callers send vectors.
    package var embeddingModel: String { self.embedders.modelIDs.joined(separator: ", ") }

    /// Whether texts are embedded here for this space.
    package func serves(_ space: EmbeddingSpace) -> Bool {
        self.embedders.embedder(ofModel: space.model, dimension: Int(space.dimension)) != nil
    }

    /// What the pool has done, and how long the database took for what was asked of it.
    var databaseActivity: DatabaseActivity {
        let pool = self.database.pool
        return DatabaseActivity(pool: pool.statistics, times: pool.times, statements: pool.statementTimes.entries)
    }

    package var poolStatistics: PoolStatisticsMessage {
        let now = self.database.pool.statistics
        return PoolStatisticsMessage(
            maxConnections: Int32(clamping: now.connectionsMax),
            idle: Int32(clamping: now.idle),
            busy: Int32(clamping: now.busy),
            connecting: Int32(clamping: now.connecting),
            waiting: Int32(clamping: now.waiting),
            acquiredTotal: Int64(clamping: now.acquired),
            timeoutsTotal: Int64(clamping: now.refusedExhausted),
            connectedTotal: Int64(clamping: now.opened),
            connectFailuresTotal: Int64(clamping: now.openFailed)
        )
    }

    /// What waits for a model of this service, as the last look at the health found it.
    package var latestOutbox: OutboxStatus { self.outbox.withLock { $0 } }

    package var embedderStatistics: EmbedderStatistics {
        let now = self.embedders.statistics
        return EmbedderStatistics(
            textsTotal: Int64(clamping: now.sequences),
            cacheHitsTotal: Int64(clamping: now.cacheHits),
            queued: Int32(clamping: now.waiting)
        )
    }

    package func migrationStatus(deadline: ContinuousClock.Instant?) async throws -> GetMigrationStatusResponse {
        try await MigrationCatalog.status(of: self.database, logger: self.logger, deadline: deadline)
    }

    /// What ``health(deadline:)`` found last. Callers without a role ask for it too, so it costs them and the database nothing.
    package var latestHealth: GetHealthResponse { self.latest.withLock { $0.found } }

    /// The same, with how long ago that was.
    var healthWithAge: (found: GetHealthResponse, age: Duration) {
        let latest = self.latest.withLock { $0 }
        return (latest.found, ContinuousClock.now - latest.at)
    }

    /// What runs, asked of the database once a minute at most.
    func versions(deadline: ContinuousClock.Instant?) async throws -> StatisticsRepository.Versions {
        let now = ContinuousClock.now
        let known: StatisticsRepository.Versions? = self.knownVersions.withLock { known in
            guard let versions = known?.versions else { return nil }
            if let readAt = known?.readAt, now - readAt < .seconds(60) { return versions }
            // While one call asks again the others go on with what was known.
            known?.readAt = now
            return nil
        }
        if let known { return known }
        let versions = try await StatisticsRepository(database: self.database).versions(deadline: deadline)
        self.knownVersions.withLock { $0 = KnownVersions(versions: versions, readAt: now) }
        return versions
    }

    /// The component that is there when the database holds people who are made up.
    private static let people = "people"

    /// A profile was written. One that is stored among synthetic ones leaves a warning in the log, the first of the process.
    func profilesWereWritten() {
        let warning = self.latestHealth.components.first { $0.name == Self.people }?.message
        guard let warning, self.hasWarned.exchange(true, ordering: .relaxed) == false else { return }
        self.logger.warning("profiles are stored among synthetic ones", metadata: ["detail": "\(warning)"])
    }

    /// Asks every part; answers also when the database does not.
    @discardableResult
    package func health(deadline: ContinuousClock.Instant?) async -> GetHealthResponse {
        let health = await self.examine(deadline: deadline)
        self.latest.withLock { $0 = (health, ContinuousClock.now) }
        return health
    }

    private func examine(deadline: ContinuousClock.Instant?) async -> GetHealthResponse {
        // A lock shows after `database.lock_timeout`; what is only slow on a busy machine is given time.
        let limit = ContinuousClock.now + .seconds(5)
        let deadline = deadline.map { min($0, limit) } ?? limit
        var components: [ComponentHealth] = [
            ComponentHealth(name: "server", status: .serving, message: "accepts calls")
        ]
        do {
            components += try await self.databaseHealth(deadline: deadline)
            self.punctuality.withLock { $0.answered() }
        } catch {
            let failure = ServiceError(describing: error)
            let status = self.punctuality.withLock { $0.failed(isLate: failure.code == .deadlineExceeded) }
            components.append(
                ComponentHealth(
                    name: "database",
                    status: status,
                    message: "\(failure.message) (\(failure.reason))"
                )
            )
        }
        components.append(
            ComponentHealth(
                name: "embedder",
                status: .serving,
                message: self.embedders.isEmpty ? "none: callers send vectors" : self.embeddingModel
            )
        )
        let order: [HealthStatus] = [.serving, .degraded, .notServing]
        let worst = components.map { order.firstIndex(of: $0.status) ?? 0 }.max() ?? 0
        return GetHealthResponse(status: order[worst], components: components)
    }
}

extension ServiceMonitor {
    /// What may be done in the database, whether it answers, and what waits there.
    private func databaseHealth(deadline: ContinuousClock.Instant) async throws -> [ComponentHealth] {
        let obstacles = try await MigrationCatalog.obstacles(self.database, logger: self.logger, deadline: deadline)
        var components = [
            ComponentHealth(
                name: "migrations",
                status: obstacles.isEmpty ? .serving : .notServing,
                message: obstacles.isEmpty ? "none is missing" : obstacles.joined(separator: "; ")
            )
        ]
        let missing = try await self.rights.missing(deadline: deadline)
        let isBlocked = missing.contains { $0.isEssential }
        components.append(
            ComponentHealth(
                name: "rights",
                status: isBlocked ? .notServing : missing.isEmpty ? .serving : .degraded,
                message: missing.isEmpty ? "all that are needed" : missing.map(\.description).joined(separator: ", ")
            )
        )
        // What may not be read, or is not there, cannot be tried.
        guard !isBlocked, obstacles.isEmpty else { return components }
        let takesWrites = try await self.rights.readTables(deadline: deadline)
        let restriction = takesWrites ? await self.restriction(deadline: deadline) : "takes no writes"
        components.append(
            ComponentHealth(
                name: "database",
                status: restriction == nil ? .serving : .degraded,
                message: restriction.map { "answers, but \($0)" } ?? "answers"
            )
        )
        if let warning = try await SyntheticEmbeddings.warning(in: self.database, deadline: deadline) {
            components.append(ComponentHealth(name: Self.people, status: .serving, message: warning))
        }
        return try await components + self.spacesHealth(deadline: deadline)
    }

    /// Which embedding spaces are served, and what waits for the models of this service. What waits for other models is another
    /// service's to embed, and does not degrade this one.
    private func spacesHealth(deadline: ContinuousClock.Instant) async throws -> [ComponentHealth] {
        let spaces = try await self.embeddings.spaces(deadline: deadline)
        let waiting = try await self.embeddings.outboxStatusBySpace(deadline: deadline)
        var outbox = OutboxStatus()
        var states: [String] = []
        var isBlind = false
        for space in spaces {
            let name = space.name + (space.isActive ? " (active)" : "")
            if self.embedders.embedder(for: space) != nil {
                outbox += waiting[space.name] ?? OutboxStatus()
                states.append("\(name) is served")
            } else {
                let count = waiting[space.name]?.pending ?? 0
                states.append(
                    "\(name) takes vectors only: its model \(space.model) is not run here, \(count) sections wait"
                )
                // Without any model that is how it was set up.
                isBlind = isBlind || (space.isActive && !self.embedders.isEmpty)
            }
        }
        self.outbox.withLock { $0 = outbox }
        let isLate = outbox.oldestAge > .seconds(60)
        return [
            ComponentHealth(
                name: "embedding_spaces",
                status: isBlind ? .degraded : .serving,
                message: states.isEmpty ? "none" : states.joined(separator: "; ")
            ),
            ComponentHealth(
                name: "outbox",
                status: isLate || outbox.failing > 0 ? .degraded : .serving,
                message: "\(outbox.pending) sections wait for their embedding, \(outbox.failing) failed before"
            ),
        ]
    }

    /// What does not work in a database that answers, and takes writes as far as its settings go.
    private func restriction(deadline: ContinuousClock.Instant) async -> String? {
        if let outage = await self.database.writeOutage(deadline: deadline) {
            return "writes fail: \(outage.facts.message) (\(outage.rawValue))"
        }
        if let error = self.database.pool.recentConnectFailure {
            let failure = ServiceError(RepositoryError(error))
            return "no further connection could be opened: \(failure.message) (\(failure.reason))"
        }
        return nil
    }
}

/// The contract's pool statistics; the driver has a type of that name too.
package typealias PoolStatisticsMessage = LikenessMessages.PoolStatistics
