internal import Foundation
internal import Glibc
package import LikenessEmbedding
internal import LikenessMessages
package import LikenessPostgres
package import LikenessRPC
internal import LikenessRepository
internal import LikenessStandardServices
internal import LikenessTLS
internal import LikenessTracing
internal import LikenessWire
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import SystemPackage
internal import UnixSignals

/// One running service: pool, embedder, services, listener and the worker that embeds.
package final class ServiceInstance: Sendable {
    private let server: RPCServer
    private let pool: ConnectionPool
    private let embedders: EmbedderRegistry
    private let worker: OutboxWorker
    private let reindexer: Reindexer
    private let health: HealthRegistry
    private let healthReports: Task<Void, Never>
    private let recovery: Task<Void, Never>
    private let housekeeping: Housekeeping
    private let wordsFollower: WordsFollower
    private let viewsFollower: ViewsFollower
    private let olderWordsReader: OlderWordsReader
    private let longSectionsReader: LongSectionsReader
    private let reloader: SecurityReloader
    private let reloads: Task<Void, Never>
    private let group: MultiThreadedEventLoopGroup
    private let drainTimeout: Duration
    /// Writes the counts of lines that were thinned.
    private let flushLogs: @Sendable () -> Void
    private let logger: Logger

    /// Where it listens, as `HOST:PORT` with the real port.
    package let endpoint: String
    /// The real port.
    package var port: Int { self.server.port }

    private init(
        server: RPCServer,
        pool: ConnectionPool,
        embedders: EmbedderRegistry,
        worker: OutboxWorker,
        reindexer: Reindexer,
        health: HealthRegistry,
        healthReports: Task<Void, Never>,
        recovery: Task<Void, Never>,
        housekeeping: Housekeeping,
        wordsFollower: WordsFollower,
        viewsFollower: ViewsFollower,
        olderWordsReader: OlderWordsReader,
        longSectionsReader: LongSectionsReader,
        reloader: SecurityReloader,
        group: MultiThreadedEventLoopGroup,
        drainTimeout: Duration,
        flushLogs: @escaping @Sendable () -> Void,
        endpoint: String,
        logger: Logger
    ) {
        self.server = server
        self.pool = pool
        self.embedders = embedders
        self.worker = worker
        self.reindexer = reindexer
        self.health = health
        self.healthReports = healthReports
        self.recovery = recovery
        self.housekeeping = housekeeping
        self.wordsFollower = wordsFollower
        self.viewsFollower = viewsFollower
        self.olderWordsReader = olderWordsReader
        self.longSectionsReader = longSectionsReader
        self.reloader = reloader
        self.reloads = Task { await reloader.run() }
        self.group = group
        self.drainTimeout = drainTimeout
        self.flushLogs = flushLogs
        self.endpoint = endpoint
        self.logger = logger
    }

    /// Serves until the process is told to stop, then drains.
    package static func run(_ configuration: ServerConfiguration) async throws {
        let logger = Logger(label: "likeness")
        // From the first moment: without it the signal would end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let instance = try await Self.start(configuration, database: try Self.connection(configuration), logger: logger)
        logger.info("serving", metadata: ["endpoint": "\(instance.endpoint)"])
        try await Self.untilStopped(instance, hangups: hangups, logger: logger)
    }

    /// Waits for SIGTERM or SIGINT, then drains. A second signal ends the process at once.
    ///
    /// - Parameters:
    ///   - hangups: SIGHUPs, each of which has certificates and tokens read again; when `nil`, SIGHUP ends too.
    ///   - ending: Called before a second signal ends the process; must not wait for anything.
    static func untilStopped(
        _ instance: ServiceInstance,
        hangups: UnixSignalsSequence?,
        logger: Logger,
        ending: @escaping @Sendable () -> Void = {}
    ) async throws {
        let impatience = Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                guard count > 1 else { continue }
                logger.warning("a second signal: ending without waiting for calls", metadata: ["signal": "\(signal)"])
                ending()
                LogSetup.flush(within: .milliseconds(200))
                // As a shell reports a process that the signal ended.
                _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
            }
        }
        defer { impatience.cancel() }
        let reloads = Task {
            guard let hangups else { return }
            for await _ in hangups { instance.reloader.reload() }
        }
        defer { reloads.cancel() }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: instance)],
                gracefulShutdownSignals: hangups == nil ? [.sigterm, .sigint, .sighup] : [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }

    /// The database's address and the settings that every session starts with.
    ///
    /// - Throws: `ConfigurationError` when the URL cannot be read.
    static func connection(_ configuration: ServerConfiguration) throws -> ConnectionConfiguration {
        let settings = configuration.database
        var connection: ConnectionConfiguration
        do {
            connection = try ConnectionConfiguration(connectionString: settings.url)
        } catch {
            throw ConfigurationError(["database.url: \(error.detail)"])
        }
        connection.connectTimeout = settings.connectTimeout
        for (name, time) in [
            ("statement_timeout", settings.statementTimeout), ("lock_timeout", settings.lockTimeout),
            ("idle_in_transaction_session_timeout", settings.idleInTransactionTimeout),
        ] {
            connection.sessionSettings[name] = "\(Int64(time / .milliseconds(1)))ms"
        }
        return connection
    }

    /// Starts everything and begins to accept.
    ///
    /// - Parameters:
    ///   - connection: The database's address without the sessions' settings for searches.
    ///   - embedders: The models to run in place of those that the configuration names; they end with the service.
    ///   - auditLogger: Gets a line for every audited call; of the label `likeness.audit` when `nil`.
    ///   - interceptors: Wrapped around every handler, the first outermost; that of the process's tracer when `nil`.
    package static func start(
        _ configuration: ServerConfiguration,
        database connection: ConnectionConfiguration,
        embedders: EmbedderRegistry? = nil,
        logger: Logger,
        auditLogger: Logger? = nil,
        interceptors: [any ServerInterceptor]? = nil
    ) async throws -> ServiceInstance {
        let tls = try Self.tls(configuration.tls)
        if let file = configuration.tls.keyLogFile {
            logger.warning("whoever reads the TLS key log can read all traffic", metadata: ["file": "\(file)"])
        }
        var connection = connection
        connection.connectTimeout = configuration.database.connectTimeout
        let schemaConnection = connection
        connection.sessionSettings.merge(SearchRepository.sessionSettings) { _, new in new }
        var poolConfiguration = PoolConfiguration()
        poolConfiguration.connectionsMax = configuration.database.connectionsMax
        poolConfiguration.connectionsPerCaller = configuration.database.connectionsPerCaller
        if connection.isOfThisMachine { poolConfiguration.databaseCores = MachineResources.read()?.cores }
        // Waiting is bounded by the acquire timeout too; a burst of calls shall not be refused at once.
        poolConfiguration.waitersMax = configuration.database.connectionsMax * 100
        poolConfiguration.idleTime = configuration.database.idleTimeout
        poolConfiguration.acquireTimeout = configuration.database.acquireTimeout
        let pool = ConnectionPool(connection, poolConfiguration, logger: logger)
        do {
            let embedders =
                if let embedders { embedders } else { try await Self.embedders(configuration.embedding) }
            return try await Self.start(
                configuration,
                connection: connection,
                schemaConnection: schemaConnection,
                pool: pool,
                embedders: embedders,
                tls: tls,
                audit: auditLogger.map { AuditLog(logger: $0) } ?? AuditLog(),
                interceptors: interceptors ?? ServerTracing.ofProcess,
                logger: logger
            )
        } catch {
            await pool.shutDown()
            throw error
        }
    }

    private static func start(
        _ configuration: ServerConfiguration,
        connection: ConnectionConfiguration,
        schemaConnection: ConnectionConfiguration,
        pool: ConnectionPool,
        embedders: EmbedderRegistry,
        tls: TLSReloader,
        audit: AuditLog,
        interceptors: [any ServerInterceptor],
        logger: Logger
    ) async throws -> ServiceInstance {
        let database = Database(pool: pool)
        let pageTokens = PageTokens()
        let embeddings = EmbeddingRepository(database: database)
        let operations = OperationRepository(database: database, pageTokens: pageTokens)
        let reindexer = Reindexer(
            database: database,
            operations: operations,
            configuration: connection,
            workMemoryMiB: configuration.indexBuildMemoryMiB,
            logger: logger
        )
        let worker = OutboxWorker(repository: embeddings, embedders: embedders, logger: logger)
        let monitor = ServiceMonitor(
            startTime: ProtobufTimestamp(seconds: Int64(Foundation.Date().timeIntervalSince1970)),
            database: database,
            rights: try DatabaseRights(database: database),
            embeddings: embeddings,
            embedders: embedders,
            logger: logger
        )
        let words = ProfileWords(database: database)
        let views = ViewIndexes(database: database)
        let masks = MaskRepository(database: database, pageTokens: pageTokens)
        var router = MethodRouter()
        SearchService(
            repository: SearchRepository(
                database: database,
                words: words,
                views: views,
                pages: ResultSets(database: database, tokens: pageTokens)
            ),
            completions: CompletionRepository(database: database, views: views),
            masks: masks,
            embedders: embedders
        ).register(in: &router)
        ProfileService(
            profiles: ProfileRepository(database: database, pageTokens: pageTokens),
            masks: masks,
            embeddings: embeddings,
            embedders: embedders,
            wroteSections: {
                worker.wake()
                monitor.profilesWereWritten()
            }
        ).register(in: &router)
        AdminService(
            statistics: StatisticsRepository(database: database),
            operations: operations,
            reindexer: reindexer,
            masks: masks,
            monitor: monitor
        ).register(in: &router)
        router.serveAsSystem(AdminServiceMethods.getHealth.info.service)
        router.serveBoundCallers(BoundMasks.methods)

        let rpc = RPCServerConfiguration(configuration.rpc)
        let standard = try StandardServices(
            addingTo: &router,
            name: "likenessd",
            version: ProductVersion.current,
            startTime: monitor.startTime,
            configuration: rpc,
            features: embedders.isEmpty ? [] : ["embedding"]
        )
        let reporter = HealthReporter(monitor: monitor, registry: standard.health, logger: logger)
        let assignment = RoleAssignment(configuration.roles)
        let boundMasks = BoundMasks(configuration.roles)
        let tokens = try configuration.tokenFile.map { try TokenStore(path: $0) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.rpc.threads)
        let server: RPCServer
        let access = AccessLog()
        do {
            server = try await RPCServer.start(
                host: configuration.listenHost,
                port: configuration.listenPort,
                security: .tls(tls.source),
                router: router,
                configuration: rpc,
                roles: { peer in
                    // Also on a connection whose handshake was under way when the certificate was revoked.
                    if let certificate = peer.certificate, tls.revokes(certificate) { return [.none] }
                    return assignment.roles(of: peer)
                },
                boundMasks: { boundMasks.names(for: $0) },
                tokens: { tokens?.holder(of: $0) },
                interceptors: interceptors,
                observer: ObserverChain(access, audit, ServerMetrics()),
                logger: logger,
                group: group
            )
        } catch {
            await embedders.shutdown()
            try? await group.shutdownGracefully()
            let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(error)"
            throw ConfigurationError(["listen: \(configuration.listenHost):\(configuration.listenPort): \(reason)"])
        }
        let host = configuration.listenHost.contains(":") ? "[\(configuration.listenHost)]" : configuration.listenHost
        let endpoint = "\(host):\(server.port)"
        logger.info("listening", metadata: ["endpoint": "\(endpoint)"])
        let start = DatabaseStart(
            database: database,
            schemaConnection: schemaConnection,
            pageTokens: pageTokens,
            operations: operations,
            settings: configuration.database,
            logger: logger
        )
        let isComplete: Bool
        do {
            // With the port open: who asks for the health meanwhile gets NOT_SERVING rather than nothing.
            isComplete = try await start.run()
            try await Self.useIndexMethod(configuration.indexMethod, embeddings, reindexer, logger: logger)
        } catch {
            standard.health.shutDown()
            await server.shutDown(within: .zero)
            await reindexer.shutDown()
            await embedders.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
        await reporter.report()
        return ServiceInstance(
            server: server,
            pool: pool,
            embedders: embedders,
            worker: worker,
            reindexer: reindexer,
            health: standard.health,
            healthReports: Task { await reporter.runUntilCancelled() },
            recovery: Task {
                if !isComplete { await start.finish() }
                await reindexer.recover()
            },
            housekeeping: Housekeeping(database: database, logger: logger),
            wordsFollower: WordsFollower(words: words, logger: logger),
            viewsFollower: ViewsFollower(views: views, logger: logger),
            olderWordsReader: OlderWordsReader(words: words, logger: logger),
            longSectionsReader: LongSectionsReader(embeddings: embeddings, embedders: embedders, logger: logger),
            reloader: SecurityReloader(
                tls: tls,
                tokens: tokens,
                privateFiles: [configuration.tls.keyFile] + [configuration.tokenFile].compactMap(\.self),
                logger: logger,
                certificatesChanged: {
                    server.endConnections { peer in peer.certificate.map(tls.revokes) ?? false }
                }
            ),
            group: group,
            drainTimeout: configuration.rpc.drainTimeout,
            flushLogs: {
                access.flush()
                audit.flush()
                FailureLog.shared.end()
            },
            endpoint: endpoint,
            logger: logger
        )
    }

    /// Starts a rebuild when the active space's index is of another method; searches use the old one meanwhile.
    private static func useIndexMethod(
        _ wanted: ServerConfiguration.IndexMethodName,
        _ embeddings: EmbeddingRepository,
        _ reindexer: Reindexer,
        logger: Logger
    ) async throws {
        guard wanted != .keep else { return }
        let method: IndexMethod = wanted == .ivfflat ? .ivfflat : .hnsw
        let space = try await embeddings.space(named: "")
        guard space.indexMethod != method else { return }
        let operation: LikenessMessages.Operation
        do {
            operation = try await reindexer.start(ReindexRequest(embeddingSpace: space.name, method: method))
        } catch {
            guard case .failedPrecondition("REINDEX_RUNNING", _, _) = error else { throw error }
            // Another server of a rolling start is at it.
            logger.notice("the vector index is being rebuilt already; the next start looks again")
            return
        }
        logger.info(
            "rebuilding the vector index",
            metadata: ["method": "\(wanted.rawValue)", "operation": "\(operation.id)"]
        )
    }

    private static func tls(_ configuration: ServerConfiguration.TLS) throws -> TLSReloader {
        do {
            return try TLSReloader(configuration.files())
        } catch {
            throw ConfigurationError(["tls: \(error.description)"])
        }
    }

    private static func embedders(_ configuration: ServerConfiguration.Embedding) async throws -> EmbedderRegistry {
        guard configuration.provider == .inProcess else { return EmbedderRegistry() }
        var settings = SentenceTransformer.Configuration()
        settings.threadCount = configuration.threads
        settings.spareThreadCount =
            configuration.spareThreads ?? SentenceTransformer.spareThreadCount(beside: configuration.threads)
        do {
            let home = configuration.home.map { EmbeddingHome(path: $0) } ?? EmbeddingHome()
            return EmbedderRegistry([try await SentenceTransformer.load(home: home, configuration: settings)])
        } catch {
            throw ConfigurationError(["embedding: \(error.description)"])
        }
    }

    /// Embeds what is written; `run` does so too.
    package func embedUntilCancelled() async { await self.worker.run() }

    /// Stops accepting, lets running calls end, and gives everything back.
    package func shutDown() async {
        self.logger.info("stopping")
        self.reloads.cancel()
        self.healthReports.cancel()
        self.recovery.cancel()
        self.health.shutDown()
        await self.server.shutDown(within: self.drainTimeout)
        self.flushLogs()
        await self.reloads.value
        await self.healthReports.value
        await self.recovery.value
        await self.reindexer.shutDown()
        await self.embedders.shutdown()
        await self.pool.shutDown()
        try? await self.group.shutdownGracefully()
        self.logger.info("stopped")
    }
}

extension ServiceInstance: Service {
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            if !self.embedders.isEmpty { group.addTask { await self.worker.run() } }
            group.addTask { await self.housekeeping.run() }
            group.addTask { await self.wordsFollower.run() }
            group.addTask { await self.viewsFollower.run() }
            group.addTask { await self.olderWordsReader.run() }
            if !self.embedders.isEmpty { group.addTask { await self.longSectionsReader.run() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await self.shutDown()
    }
}
