internal import Glibc
package import Logging
internal import Synchronization

/// A PostgreSQL server of our own: one data folder, a unix socket and no port.
///
/// It stops when this process does, however that ends. PostgreSQL refuses to run as root; there it runs as `postgres`.
package final class PrivateCluster: Sendable {
    package struct Configuration: Sendable {
        /// Holds `data`, `server.log` and, where the path is short enough, the socket.
        package var folder: String
        /// Where `initdb` and `postgres` are.
        package var programs = "/usr/lib/postgresql/15/bin"
        /// Server settings, each one `postgres -c`.
        package var settings: [String: String] = [:]
        /// The superuser's name inside the server.
        package var user = "likeness"
        package var startTimeout: Duration = .seconds(60)
        /// A longer `server.log` is set aside as `server.log.1`, of which the end is kept, at the start and once a second.
        package var logBytesMax = 8 << 20

        package init(folder: String) {
            self.folder = folder
        }
    }

    package let configuration: Configuration
    package let socketDirectory: String
    private let server: ChildProcess
    private let logger: Logger
    /// Keeps the log short while the server runs.
    private let logKeeper: Task<Void, Never>

    private init(
        configuration: Configuration,
        socketDirectory: String,
        server: ChildProcess,
        log: ClusterLog,
        logger: Logger
    ) {
        self.configuration = configuration
        self.socketDirectory = socketDirectory
        self.server = server
        self.logger = logger
        self.logKeeper = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                guard log.isLong else { continue }
                // Copying is slow on a busy disk: not on the threads that tasks share.
                await withCheckedContinuation { continuation in
                    Threads.start(name: "likeness-pg-log") {
                        log.setAsideIfLong()
                        continuation.resume()
                    }
                }
            }
        }
    }

    deinit { self.logKeeper.cancel() }

    /// How to connect to one of its databases.
    package func connection(database: String) -> ConnectionConfiguration {
        ConnectionConfiguration(
            socketDirectory: self.socketDirectory,
            user: self.configuration.user,
            database: database
        )
    }

    package var process: Int32 { self.server.process }
    package var isRunning: Bool { self.server.isRunning }

    /// Makes the cluster if there is none, starts its server, and returns when it answers.
    ///
    /// - Throws: `ClusterError` if another server runs on the folder, or this one does not start.
    package static func start(_ configuration: Configuration, logger: Logger) async throws -> PrivateCluster {
        let folder = ClusterFolder(configuration.folder)
        try await folder.prepare(configuration, logger: logger)
        try await folder.waitForLeftover(logger: logger)
        let socketDirectory = try folder.socketDirectory()
        var arguments =
            Privileges.serverPrefix + [
                "\(configuration.programs)/postgres", "-D", folder.data, "-k", socketDirectory, "-c",
                "listen_addresses=",
                "-c", "unix_socket_permissions=0700", "-c", "logging_collector=off",
            ]
        for (name, value) in configuration.settings.sorted(by: { $0.key < $1.key }) {
            arguments += ["-c", "\(name)=\(value)"]
        }
        let log = ClusterLog(path: folder.log, bytesMax: configuration.logBytesMax)
        log.setAsideIfLong()
        let server = try await ChildProcess.start(arguments, environment: Self.environment, logFile: folder.log)
        let cluster = PrivateCluster(
            configuration: configuration,
            socketDirectory: socketDirectory,
            server: server,
            log: log,
            logger: logger
        )
        do {
            try await cluster.waitUntilReady(log: folder.log)
        } catch {
            await cluster.stop()
            throw error
        }
        logger.debug("database started", metadata: ["process": "\(server.process)"])
        return cluster
    }

    /// Stops the server: sessions are ended, data is written. Kills it if that takes over 30 s.
    package func stop() async {
        self.server.signal(SIGINT)
        let exit = Task { await self.server.exit() }
        let force = Task {
            try await Task.sleep(for: .seconds(30))
            self.logger.error("database did not stop in 30 s: killed")
            self.server.signal(SIGQUIT)
        }
        _ = await exit.value
        force.cancel()
        self.logKeeper.cancel()
        if self.socketDirectory != self.configuration.folder { unsafe rmdir(self.socketDirectory) }
    }

    /// Returns when the server has ended, whoever ended it.
    package func exit() async -> Int32 { await self.server.exit() }

    static let environment = ["LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC"]

    private func waitUntilReady(log: String) async throws {
        let deadline = ContinuousClock.now + self.configuration.startTimeout
        var connection = self.connection(database: "postgres")
        connection.sessionSettings = [:]
        while true {
            do {
                try await Connection.open(connection).close()
                return
            } catch {
                guard self.server.isRunning else {
                    throw ClusterError("the database server did not start; see \(log): \(FileText.lastLine(log))")
                }
                guard ContinuousClock.now < deadline else {
                    throw ClusterError("the database server does not answer; see \(log): \(error.detail)")
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
