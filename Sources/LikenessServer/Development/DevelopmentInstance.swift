internal import Foundation
internal import LikenessPostgres
internal import LikenessRepository
internal import Logging
internal import UnixSignals

/// `likenessd dev`: a service with a database, certificates and settings of its own, all in one folder.
package enum DevelopmentInstance {
    package struct Options: Sendable {
        package var folder: String
        package var listenHost: String
        package var listenPort: Int
        package var indexMethod: ServerConfiguration.IndexMethodName
        /// Whether texts are embedded; without, callers send vectors.
        package var embeds: Bool
        package var logLevel: String

        package init(
            folder: String,
            listenHost: String,
            listenPort: Int,
            indexMethod: ServerConfiguration.IndexMethodName,
            embeds: Bool,
            logLevel: String
        ) {
            self.folder = folder
            self.listenHost = listenHost
            self.listenPort = listenPort
            self.indexMethod = indexMethod
            self.embeds = embeds
            self.logLevel = logLevel
        }
    }

    private static let databaseName = "likeness"

    /// What the private server's log says is about the server. The service logs the statements that fail by itself, and
    /// texts of queries and profiles belong into no log: parameters are left out, and so are errors, which quote data.
    static let databaseSettings = [
        "max_connections": "40", "log_min_duration_statement": "1s",
        "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0", "log_min_messages": "log",
        "log_min_error_statement": "panic", "log_error_verbosity": "terse",
    ]

    /// Serves until the process is told to stop.
    ///
    /// - Throws: `ConfigurationError`, `ClusterError`, each with what to do.
    package static func run(_ options: Options) async throws {
        let logger = Logger(label: "likeness.dev")
        ServiceInstance.logStart(logger)
        // On a terminal SIGHUP says that it was closed; elsewhere it is an order to read the files again.
        let hangups = isatty(STDIN_FILENO) == 1 ? nil : await UnixSignalsSequence(trapping: .sighup)
        let folder = try DevelopmentFolder(path: options.folder)
        folder.removeClientFile()
        let certificates = DevelopmentCertificates(folder: folder.certificateFolder)
        try certificates.prepare(host: options.listenHost)

        logger.info("starting the database", metadata: ["folder": "\(folder.databaseFolder)"])
        var cluster = PrivateCluster.Configuration(folder: folder.databaseFolder)
        if let programs = ProcessInfo.processInfo.environment["LIKENESS_PG_BIN"] { cluster.programs = programs }
        cluster.settings = Self.databaseSettings
        if let machine = MachineResources.read() {
            let memory = ClusterMemory(memoryBytes: machine.memoryBytes)
            cluster.settings.merge(memory.settings) { _, new in new }
        }
        let database = try await PrivateCluster.start(cluster, logger: logger)
        do {
            try await Schema.createDatabase(Self.databaseName, through: database.connection(database: "postgres"))
            var configuration = ServerConfiguration(
                tls: .init(
                    certificateFile: certificates.serverCertificateFile,
                    keyFile: certificates.serverKeyFile,
                    clientCAFile: certificates.authorityFile
                ),
                database: .init(url: "")
            )
            configuration.listenHost = options.listenHost
            configuration.listenPort = options.listenPort
            configuration.operations = ("127.0.0.1", 0)
            configuration.roles.admin = [DevelopmentCertificates.adminName]
            configuration.database.migrates = true
            configuration.historyTime = .seconds(30 * 86_400)
            configuration.embedding.provider = options.embeds ? .inProcess : .none
            configuration.indexMethod = options.indexMethod
            let instance = try await ServiceInstance.start(
                configuration,
                database: database.connection(database: Self.databaseName),
                logger: logger
            )
            try folder.writeClientFile(host: options.listenHost, port: instance.port)
            logger.info(
                "serving",
                metadata: [
                    "endpoint": "\(instance.endpoint)", "connect": "\(folder.clientFile)",
                    "operations": "\(instance.operationsEndpoint ?? "")",
                ]
            )
            try await instance.runUntilSignalled(
                hangups: hangups,
                ending: {
                    // The database must not outlive its service.
                    kill(database.process, SIGQUIT)
                }
            )
        } catch {
            folder.removeClientFile()
            await database.stop()
            throw error
        }
        folder.removeClientFile()
        await database.stop()
        logger.info("the database has stopped")
    }
}
