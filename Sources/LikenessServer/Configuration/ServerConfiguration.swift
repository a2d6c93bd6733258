internal import LikenessTLS

/// Everything `likenessd` needs to know before it starts.
package struct ServerConfiguration: Sendable {
    package struct TLS: Sendable {
        package var certificateFile: String
        package var keyFile: String
        package var clientCAFile: String
        package var clientCRLFile: String?
        /// Callers may show a bearer token alone.
        package var clientCertificateIsOptional = false
        package var allowsTLS12 = false
        package var keyLogFile: String?

        package init(certificateFile: String, keyFile: String, clientCAFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.clientCAFile = clientCAFile
        }

        /// - Throws: When the key log cannot be written.
        func files() throws(TLSError) -> TLSServerFiles {
            var files = TLSServerFiles(
                certificate: self.certificateFile,
                key: self.keyFile,
                clientCA: self.clientCAFile
            )
            files.clientCRL = self.clientCRLFile
            files.clientCertificates = self.clientCertificateIsOptional ? .optional : .required
            files.allowsTLS12 = self.allowsTLS12
            files.keyLog = try self.keyLogFile.map { path throws(TLSError) in try TLSKeyLog(path: path) }
            return files
        }
    }

    /// Certificate names that hold each role, written `URI:…` or `DNS:…`.
    package struct Roles: Sendable {
        package var admin: [String] = []
        package var writer: [String] = []
        package var reader: [String] = []
        package var monitor: [String] = []
        /// Readers that see profiles through a mask alone, each as `URI:…=MASK`.
        package var masks: [String] = []

        package init(
            admin: [String] = [],
            writer: [String] = [],
            reader: [String] = [],
            monitor: [String] = [],
            masks: [String] = []
        ) {
            self.admin = admin
            self.writer = writer
            self.reader = reader
            self.monitor = monitor
            self.masks = masks
        }
    }

    package struct Database: Sendable {
        /// libpq connection string or URI; may hold a password.
        package var url: String
        package var connectionsMax = 10
        /// `nil` for a third.
        package var connectionsPerCaller: Int?
        package var idleTimeout = Duration.seconds(30)
        package var connectTimeout = Duration.seconds(2)
        package var acquireTimeout = Duration.seconds(2)
        package var statementTimeout = Duration.seconds(30)
        package var lockTimeout = Duration.seconds(1)
        package var idleInTransactionTimeout = Duration.seconds(5)
        /// How long the start waits for a database that does not answer.
        package var startTimeout = Duration.seconds(60)
        package var migrates = false

        package init(url: String) { self.url = url }
    }

    package enum EmbeddingProvider: String, Sendable {
        case inProcess = "in_process"
        case none
    }

    package struct Embedding: Sendable {
        package var provider = EmbeddingProvider.inProcess
        /// Folder with the runtime and the model; `nil` for where `scripts/setup` puts them.
        package var home: String?
        package var threads = 1
        /// `nil` for the cores that `threads` leave.
        package var spareThreads: Int?
    }

    /// What the vector index of the active embedding space shall be.
    package enum IndexMethodName: String, Sendable { case keep, hnsw, ivfflat }

    package struct RPC: Sendable {
        package var frameBytesMax = 4 << 20
        package var answerBytesMax = 0
        package var streamsMax = 100
        package var connectionsMax = 1024
        package var connectionsPerIdentityMax = 64
        /// `nil` for half of `connectionsMax`.
        package var connectionsWithoutCredentialMax: Int?
        package var handshakesMax = 256
        /// `nil` for twice `frameBytesMax`.
        package var unwrittenBytesMax: Int?
        package var handshakeTimeout = Duration.seconds(5)
        package var keepaliveInterval = Duration.seconds(60)
        package var keepaliveTimeout = Duration.seconds(20)
        package var idleTimeout = Duration.seconds(600)
        package var connectionAge = Duration.seconds(1_800)
        package var connectionAgeGrace = Duration.seconds(60)
        package var queueDelayTarget = Duration.milliseconds(250)
        package var readerDeadlineMax = Duration.seconds(30)
        package var writerDeadlineMax = Duration.seconds(60)
        package var adminDeadlineMax = Duration.seconds(600)
        package var drainTimeout = Duration.seconds(10)
        package var threads = 1
    }

    package var listenHost = "127.0.0.1"
    /// 0 lets the system choose.
    package var listenPort = 7443
    /// Where probes and metrics are served by HTTP; `nil` for nowhere.
    package var operations: (host: String, port: Int)?
    package var tls: TLS
    package var roles = Roles()
    /// The file with the digests of bearer tokens; `nil` when none are taken.
    package var tokenFile: String?
    package var database: Database
    package var embedding = Embedding()
    package var indexMethod = IndexMethodName.keep
    /// Most memory of a build of a vector index; `nil` for what the machine can spare.
    package var indexBuildMemoryMiB: Int?
    /// How long events of saved searches are kept.
    package var savedSearchEventTime = Duration.seconds(7 * 86_400)
    /// After how long soft-deleted profiles are erased; `nil` for never.
    package var deletedProfileTime: Duration?
    /// How long what profiles were is kept; `nil` for not at all.
    package var historyTime: Duration?
    /// How long changes of profiles are kept for those who follow them.
    package var changesTime = Duration.seconds(7 * 86_400)
    /// No settings: for tests.
    package var profileFeedLimits = ProfileFeedLimits()
    package var exportLimits = ExportLimits()
    /// How long backups are kept.
    package var backupTime = Duration.seconds(30 * 86_400)
    package var rpc = RPC()
    package var logLevel = "info"
    package var logFormat = LogFormat.text

    package init(tls: TLS, database: Database) {
        self.tls = tls
        self.database = database
    }

    /// Reads a configuration: flags win over the environment, the environment over the file.
    ///
    /// - Parameters:
    ///   - file: A JSON file, or `nil` for none. A setting it names that does not exist is an error.
    ///   - environment: Variables named `LIKENESS_…`.
    ///   - flags: Settings given on the command line, by name.
    ///   - serves: `false` when only the database is needed: then certificates may be missing.
    /// - Throws: `ConfigurationError` with every problem found, not only the first.
    package static func load(
        file: String?,
        environment: [String: String],
        flags: [String: String],
        serves: Bool = true
    ) async throws -> ServerConfiguration {
        let values = try await ConfigurationValues.load(file: file, environment: environment, flags: flags)
        var reader = ConfigurationReader(values)
        let configuration = await reader.read(serves: serves)
        guard reader.problems.isEmpty, let configuration else { throw ConfigurationError(reader.problems) }
        return configuration
    }

    /// Splits `HOST:PORT`, `[IPV6]:PORT` into its parts.
    package static func splitListen(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), port)
    }
}
