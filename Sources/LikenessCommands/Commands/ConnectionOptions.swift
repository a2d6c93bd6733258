internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessTLS

/// Where to connect and how long to wait.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: "The client.json of the service (default: LIKENESS_CONNECT).",
        completion: .file(extensions: ["json"])
    )
    var connect: String?

    @Option(help: "File with a bearer token to send with every call.", completion: .file())
    var tokenFile: String?

    @Option(help: "Give up on a call after this many seconds.")
    var timeout: Double?

    mutating func validate() throws {
        if let timeout = self.timeout, !(timeout > 0 && timeout <= 86_400) {
            throw ValidationError("--timeout must be more than 0 and at most 86400 seconds")
        }
    }

    /// Runs `body` with a client that is closed afterwards.
    ///
    /// - Throws: `CommandFailure`, ready for `main`.
    func withClient<Value>(_ body: (LikenessClient, CallOptions) async throws -> Value) async throws -> Value {
        try await self.withConnection { connection, options in try await body(connection.client, options) }
    }

    /// The same for what goes on when the service was away: it may come back at another address.
    func withConnection<Value>(_ body: (ServiceConnection, CallOptions) async throws -> Value) async throws -> Value {
        let environment = ProcessInfo.processInfo.environment
        guard let file = self.connect ?? environment["LIKENESS_CONNECT"], !file.isEmpty else {
            throw CommandFailure(
                "no service given: use --connect FILE or set LIKENESS_CONNECT to the client.json of a service",
                exitCode: 64,
                notes: ["likenessd dev --data-dir dev starts a service and writes dev/client.json"]
            )
        }
        let connection: ServiceConnection
        do throws(LikenessError) {
            connection = try ServiceConnection(file: file, tokenFile: self.tokenFile)
        } catch {
            // Not 1, which of `health` says that a service answered, and without the code, which belongs to the status of
            // an answer: nothing was asked yet.
            throw CommandFailure(error.message, exitCode: 64)
        }
        var options = CallOptions()
        if let timeout = self.timeout { options.timeout = .microseconds(Int64(timeout * 1e6)) }
        do {
            let value = try await body(connection, options)
            await connection.client.close()
            return value
        } catch  where error is ExitCode || error is OutputError {
            // What there was to say was said, or cannot be.
            await connection.client.close()
            throw error
        } catch {
            await connection.client.close()
            throw CommandFailure.describing(error)
        }
    }
}

/// A client of the service that a client.json names.
final class ServiceConnection {
    private let file: String
    private let tokenFile: String?
    private(set) var client: LikenessClient

    /// - Throws: `LikenessError` for what cannot be read, naming the file.
    fileprivate init(file: String, tokenFile: String?) throws(LikenessError) {
        (self.file, self.tokenFile) = (file, tokenFile)
        let configuration = try Self.configuration(file, tokenFile)
        for file in configuration.secretFiles + [tokenFile].compactMap(\.self) {
            if let exposure = SecretFile.exposure(of: file) { Console.say("likeness: warning: \(exposure)") }
        }
        self.client = try Self.client(configuration, file)
    }

    /// Reads the client.json again: the next calls go where it points now. Where it cannot be read they go where they did.
    func renew() async {
        guard let configuration = try? Self.configuration(self.file, self.tokenFile),
            let renewed = try? Self.client(configuration, self.file)
        else { return }
        let former = self.client
        self.client = renewed
        await former.close()
    }

    private static func configuration(
        _ file: String,
        _ tokenFile: String?
    ) throws(LikenessError) -> ClientConfiguration {
        var configuration = try ClientConfiguration(file: file)
        // Before that of client.json: the first one counts.
        if let tokenFile { configuration.interceptors.insert(try BearerToken(file: tokenFile), at: 0) }
        return configuration
    }

    private static func client(
        _ configuration: ClientConfiguration,
        _ file: String
    ) throws(LikenessError) -> LikenessClient {
        do throws(LikenessError) {
            return try LikenessClient(configuration: configuration)
        } catch {
            throw LikenessError(error.code, "\(file): \(error.message)")
        }
    }
}
