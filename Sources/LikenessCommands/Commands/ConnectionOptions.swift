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
        let environment = ProcessInfo.processInfo.environment
        guard let file = self.connect ?? environment["LIKENESS_CONNECT"], !file.isEmpty else {
            throw CommandFailure(
                "no service given: use --connect FILE or set LIKENESS_CONNECT to the client.json of a service",
                exitCode: 64,
                notes: ["likenessd dev --data-dir dev starts a service and writes dev/client.json"]
            )
        }
        let client: LikenessClient
        do throws(LikenessError) {
            var configuration = try ClientConfiguration(file: file)
            // Before that of client.json: the first one counts.
            if let tokenFile { configuration.interceptors.insert(try BearerToken(file: tokenFile), at: 0) }
            for file in configuration.secretFiles + [self.tokenFile].compactMap(\.self) {
                if let exposure = SecretFile.exposure(of: file) { Console.say("likeness: warning: \(exposure)") }
            }
            do throws(LikenessError) {
                client = try LikenessClient(configuration: configuration)
            } catch {
                throw LikenessError(error.code, "\(file): \(error.message)")
            }
        } catch {
            // Not 1, which of `health` says that a service answered, and without the code, which belongs to the status of
            // an answer: nothing was asked yet.
            throw CommandFailure(error.message, exitCode: 64)
        }
        var options = CallOptions()
        if let timeout = self.timeout { options.timeout = .microseconds(Int64(timeout * 1e6)) }
        do {
            let value = try await body(client, options)
            await client.close()
            return value
        } catch  where error is ExitCode || error is OutputError {
            // What there was to say was said, or cannot be.
            await client.close()
            throw error
        } catch {
            await client.close()
            throw CommandFailure.describing(error)
        }
    }
}
