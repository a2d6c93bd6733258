internal import Foundation
internal import LikenessTLS
public import Tracing

/// Which service to call, and how.
public struct ClientConfiguration: Sendable {
    /// A name or address and a port.
    public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Reads `HOST:PORT` or `[IPV6]:PORT`.
        public init?(_ text: String) {
            guard let (host, port) = ClientFile.hostAndPort(text) else { return nil }
            self.init(host: host, port: port)
        }

        /// `HOST:PORT` or `[IPV6]:PORT`.
        public var description: String {
            self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
        }
    }

    /// Where the service is. Never empty. A host that is a name stands for all of its addresses, which are asked for
    /// again every ``resolveInterval`` while calls are made, and soon after a connection fails.
    public var endpoints: [Endpoint]
    /// How calls are spread over the endpoints.
    public var balancing = Balancing.roundRobin
    /// CAs that sign the service's certificate, PEM.
    public var authorityPEM: String
    /// The caller's own certificate chain and key, PEM; empty for none.
    public var certificatePEM: String
    public var privateKeyPEM: String
    /// Where the three came from, to be read again; `nil` when they came from no files.
    var files: (paths: TLSClientFiles, read: [String])?
    /// Files that were read and hold secrets: the key, the token.
    package private(set) var secretFiles: [String] = []
    /// Name that the service's certificate must carry, when it is not the endpoint's host.
    public var serverName: String?
    /// Connections to each address, 1 to 64. One carries many calls at once.
    public var connectionsPerEndpoint = 1
    /// TCP, TLS and the protocol's greeting together.
    public var connectTimeout = Duration.seconds(5)
    /// How long the addresses of a host name are good for; at least a second.
    public var resolveInterval = Duration.seconds(15)
    /// Times a call is tried when that is safe, the first included: 1 to 5. Calls that the service never got, and the
    /// first repetition after a lost connection, do not count.
    public var attemptsMax = 3
    /// Calls that may wait for a connection at once; more fail with `.resourceExhausted`, reason `CLIENT_QUEUE_FULL`.
    public var pendingCallsMax = 1_000
    /// Wrapped around every call, the first outermost.
    public var interceptors: [any ClientInterceptor] = []
    /// Makes a span of every call, around the interceptors, and the service's span a child of it. `nil` for the tracer
    /// that the process has when the client is made; calls cost nothing for it when there is none.
    public var tracer: (any Tracer)?

    public init(
        endpoints: [Endpoint],
        authorityPEM: String,
        certificatePEM: String = "",
        privateKeyPEM: String = ""
    ) {
        precondition(!endpoints.isEmpty, "a client needs an endpoint")
        self.endpoints = endpoints
        self.authorityPEM = authorityPEM
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// Reads the `client.json` that the environment's `LIKENESS_CONNECT` names.
    ///
    /// - Parameter environment: The process's own when `nil`.
    /// - Throws: `LikenessError` with code `.invalidArgument` when there is none, or as `init(file:)`.
    public init(environment: [String: String]? = nil) throws(LikenessError) {
        guard let file = (environment ?? ProcessInfo.processInfo.environment)["LIKENESS_CONNECT"], !file.isEmpty else {
            throw LikenessError(.invalidArgument, "LIKENESS_CONNECT is not set: name the client.json of a service")
        }
        try self.init(file: file)
    }

    /// Reads a `client.json`: `endpoint`, `ca_file`, `certificate_file`, `key_file` and, optionally, `server_name`
    /// and `token_file`, whose bearer token goes with every call. Files are relative to the folder of the file. Certificates are
    /// read again for new connections when they have changed, the token when it has changed.
    ///
    /// - Throws: `LikenessError` with code `.invalidArgument`, naming the file and what is wrong with it.
    public init(file: String) throws(LikenessError) {
        let data: Data
        do {
            data = try WholeFile.contents(of: file)
        } catch {
            let problem =
                switch error.kind {
                case .absent: "\(error.reason); is the service running?"
                case .folder: "is a folder: the client.json in it is wanted"
                case .other: error.reason
                }
            throw LikenessError(.invalidArgument, "\(file): \(problem)")
        }
        let contents: ClientFile
        do throws(ClientFile.Problem) {
            contents = try ClientFile(parsing: data)
        } catch {
            throw LikenessError(.invalidArgument, "\(file): \(error.text)")
        }
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        func path(_ name: String) -> String { URL(fileURLWithPath: name, relativeTo: folder).path }
        func text(_ name: String) throws(LikenessError) -> String {
            let path = path(name)
            do {
                return try WholeFile.text(of: path)
            } catch {
                throw LikenessError(.invalidArgument, "\(file): \(path): \(error.reason)")
            }
        }
        self.init(
            endpoints: [.init(host: contents.host, port: contents.port)],
            authorityPEM: try text(contents.authorityFile),
            certificatePEM: try contents.certificateFile.map(text) ?? "",
            privateKeyPEM: try contents.keyFile.map(text) ?? ""
        )
        let paths = TLSClientFiles(
            serverCA: path(contents.authorityFile),
            certificate: contents.certificateFile.map(path),
            key: contents.keyFile.map(path)
        )
        self.files = (paths, [self.authorityPEM, self.certificatePEM, self.privateKeyPEM])
        self.secretFiles = [contents.keyFile, contents.tokenFile].compactMap(\.self).map(path)
        self.serverName = contents.serverName
        if let file = contents.tokenFile { self.interceptors = [try BearerToken(file: path(file))] }
    }
}
