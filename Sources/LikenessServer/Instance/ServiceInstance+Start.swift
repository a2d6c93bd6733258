internal import CoreMetrics
internal import Foundation
package import LikenessEmbedding
internal import LikenessMessages
internal import LikenessMetrics
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
internal import SystemPackage

extension ServiceInstance {
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
    ///   - pollClock: By which saved searches, and changes of profiles, are looked at for what other servers wrote.
    package static func start(
        _ configuration: ServerConfiguration,
        database connection: ConnectionConfiguration,
        embedders: EmbedderRegistry? = nil,
        logger: Logger,
        auditLogger: Logger? = nil,
        interceptors: [any ServerInterceptor]? = nil,
        pollClock: any Clock<Duration> = ContinuousClock()
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
        let embedders = if let embedders { embedders } else { try await Self.embedders(configuration.embedding) }
        let pool = ConnectionPool(connection, poolConfiguration, logger: logger)
        let database = Database(pool: pool)
        let pageTokens = PageTokens()
        let operations = OperationRepository(database: database, pageTokens: pageTokens)
        let resources = Resources(
            pool: pool,
            embedders: embedders,
            reindexer: Reindexer(
                database: database,
                operations: operations,
                configuration: connection,
                workMemoryMiB: configuration.indexBuildMemoryMiB,
                logger: logger
            ),
            eventLoops: MultiThreadedEventLoopGroup(numberOfThreads: configuration.rpc.threads),
            logger: logger
        )
        do {
            return try await Self.start(
                configuration,
                DatabaseStart(
                    database: database,
                    schemaConnection: schemaConnection,
                    pageTokens: pageTokens,
                    operations: operations,
                    settings: configuration.database,
                    logger: logger
                ),
                resources,
                tls: tls,
                audit: auditLogger.map { AuditLog(logger: $0) } ?? AuditLog(),
                interceptors: interceptors ?? ServerTracing.ofProcess,
                pollClock: pollClock,
                logger: logger
            )
        } catch {
            await resources.giveBack()
            throw error
        }
    }

    private static func start(
        _ configuration: ServerConfiguration,
        _ start: DatabaseStart,
        _ resources: Resources,
        tls: TLSReloader,
        audit: AuditLog,
        interceptors: [any ServerInterceptor],
        pollClock: any Clock<Duration>,
        logger: Logger
    ) async throws -> ServiceInstance {
        let (database, pageTokens, operations) = (start.database, start.pageTokens, start.operations)
        let (embedders, reindexer) = (resources.embedders, resources.reindexer)
        let embeddings = EmbeddingRepository(database: database)
        let outbox = OutboxWorker(repository: embeddings, embedders: embedders, logger: logger)
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
        let search = SearchRepository(
            database: database,
            words: words,
            views: views,
            pages: ResultSets(database: database, tokens: pageTokens)
        )
        var searchLimits = SavedSearchLimits()
        searchLimits.eventTime = configuration.savedSearchEventTime
        let savedSearches = SavedSearchRepository(database: database, tokens: pageTokens, limits: searchLimits)
        let searchNews = SavedSearchNews(searches: savedSearches, clock: pollClock)
        let searchReader = SavedSearchReader(search: search, masks: masks, embedders: embedders)
        let searchFollower = SavedSearchFollower(
            searches: savedSearches,
            reader: searchReader,
            news: searchNews,
            clock: pollClock,
            logger: logger
        )
        let feed = ProfileFeed(database: database, tokens: pageTokens, historyTime: configuration.historyTime)
        let feedNews = ProfileFeedNews(
            feed: feed,
            connection: start.schemaConnection,
            limits: configuration.profileFeedLimits,
            clock: pollClock,
            logger: logger
        )
        let erasures = ErasureRepository(database: database, backupTime: configuration.backupTime)
        let profiles = ProfileRepository(
            database: database,
            pageTokens: pageTokens,
            historyTime: configuration.historyTime
        )
        let exportPlaces = ExportPlaces(limits: configuration.exportLimits)
        var router = MethodRouter()
        SearchService(
            repository: search,
            completions: CompletionRepository(database: database, views: views),
            masks: masks,
            embedders: embedders
        ).register(in: &router)
        ProfileService(
            profiles: profiles,
            feed: feed,
            feedNews: feedNews,
            masks: masks,
            exportPlaces: exportPlaces,
            embeddings: embeddings,
            embedders: embedders,
            wroteSections: {
                feedNews.wrote()
                outbox.wake()
                searchFollower.wake()
                monitor.profilesWereWritten()
            }
        ).register(in: &router)
        SavedSearchService(
            searches: savedSearches,
            masks: masks,
            reader: searchReader,
            news: searchNews,
            tokens: pageTokens,
            wroteSearch: { searchFollower.wake() }
        ).register(in: &router)
        AdminService(
            statistics: StatisticsRepository(database: database),
            operations: operations,
            reindexer: reindexer,
            masks: masks,
            monitor: monitor,
            erasures: erasures,
            personalData: PersonalData(
                database: database,
                profiles: profiles,
                backupTime: configuration.backupTime
            ),
            exportPlaces: exportPlaces,
            erased: { profiles in
                search.forget(profiles)
                feedNews.erased()
                searchFollower.wake()
                monitor.profilesWereWritten()
            }
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
        let state = ServiceState()
        let metrics = configuration.operations.map { _ in MetricsStore(ServiceMetric.all) }
        let factory: any MetricsFactory = metrics ?? MetricsSystem.factory
        let reporter = HealthReporter(monitor: monitor, registry: standard.health, logger: logger)
        let assignment = RoleAssignment(configuration.roles)
        let boundMasks = BoundMasks(configuration.roles)
        let tokens = try configuration.tokenFile.map { try TokenStore(path: $0) }
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
                observer: ObserverChain(access, audit, ServerMetrics(factory: factory)),
                logger: logger,
                group: resources.eventLoops
            )
        } catch {
            let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(error)"
            throw ConfigurationError(["listen: \(configuration.listenHost):\(configuration.listenPort): \(reason)"])
        }
        let host = configuration.listenHost.contains(":") ? "[\(configuration.listenHost)]" : configuration.listenHost
        let endpoint = "\(host):\(server.port)"
        logger.info("listening", metadata: ["endpoint": "\(endpoint)"])
        let listener = Listener(
            server: server,
            health: standard.health,
            state: state,
            drainTimeout: configuration.rpc.drainTimeout,
            endStreams: {
                searchNews.shutDown()
                feedNews.shutDown()
            },
            flushLogs: {
                access.flush()
                audit.flush()
                FailureLog.shared.end()
            },
            logger: logger
        )
        var operationsPort: OperationsPort?
        let isComplete: Bool
        do {
            if let address = configuration.operations, let metrics {
                operationsPort = try await OperationsPort.start(
                    host: address.host,
                    port: address.port,
                    of: monitor,
                    state,
                    loops: Array(resources.eventLoops.makeIterator()),
                    metrics
                )
            }
            // With the port open: who asks for the health meanwhile gets NOT_SERVING rather than nothing.
            isComplete = try await start.run()
            try await Self.useIndexMethod(configuration.indexMethod, embeddings, reindexer, logger: logger)
        } catch {
            await operationsPort?.stop()
            await listener.stop(within: .zero)
            throw error
        }
        await reporter.report()
        state.start()
        let reloader = SecurityReloader(
            tls: tls,
            tokens: tokens,
            privateFiles: [configuration.tls.keyFile] + [configuration.tokenFile].compactMap(\.self),
            logger: logger,
            factory: factory,
            certificatesChanged: {
                server.endConnections { peer in peer.certificate.map(tls.revokes) ?? false }
            }
        )
        let housekeeping = Housekeeping(
            database: database,
            savedSearches: savedSearches,
            history: HistoryKeeper(database: database, keptTime: configuration.historyTime),
            feed: feed,
            feedTime: configuration.changesTime,
            logger: logger
        )
        let indexKeeper = VectorIndexKeeper(reindexer: reindexer, operations: operations, logger: logger)
        let wordsFollower = WordsFollower(words: words, logger: logger)
        let viewsFollower = ViewsFollower(views: views, logger: logger)
        let erasureWorker = ErasureWorker(
            erasures: erasures,
            search: search,
            deletedTime: configuration.deletedProfileTime,
            erased: { feedNews.erased() },
            logger: logger
        )
        let olderWordsReader = OlderWordsReader(words: words, logger: logger)
        var workers = [
            Worker(.recovery) {
                if !isComplete { await start.finish() }
                await reindexer.recover()
            },
            Worker(.health) { await reporter.run() },
            Worker(.security) { await reloader.run() },
            Worker(.housekeeping) { await housekeeping.run() },
            Worker(.vectorIndexes) { await indexKeeper.run() },
            Worker(.erasures) { await erasureWorker.run() },
            Worker(.words) { await wordsFollower.run() },
            Worker(.views) { await viewsFollower.run() },
            Worker(.olderWords) { await olderWordsReader.run() },
            Worker(.savedSearches) { await searchFollower.run() },
            Worker(.profileFeed) { await feedNews.run() },
        ]
        if !embedders.isEmpty {
            var longSections = LongSectionsReader(embeddings: embeddings, embedders: embedders, logger: logger)
            longSections.wake = { outbox.wake() }
            let reader = longSections
            workers += [Worker(.longSections) { await reader.run() }, Worker(.outbox) { await outbox.run() }]
        }
        return ServiceInstance(
            listener: listener,
            workers: workers,
            resources: resources,
            operations: operationsPort,
            reloader: reloader,
            monitor: monitor,
            logger: logger,
            endpoint: endpoint
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
        guard space.hasIndex else { return try await embeddings.setIndexMethod(method, of: space) }
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

    static func embedders(_ configuration: ServerConfiguration.Embedding) async throws -> EmbedderRegistry {
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
}
