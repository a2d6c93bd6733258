internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessLoad
internal import LikenessTLS

/// Whom to call.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: "The client.json of the service (default: LIKENESS_CONNECT).",
        completion: .file(extensions: ["json"])
    )
    var connect: String?

    @Option(help: "HOST:PORT to call instead of the file's; may be repeated to spread the connections.")
    var endpoint: [String] = []

    @Option(help: "Connections, 1 to 1024.")
    var connections = 1

    @Option(help: "Threads that share the connections, 1 to 64.")
    var threads = 1

    func validate() throws {
        guard (1...1_024).contains(self.connections) else { throw ValidationError("--connections is 1 to 1024") }
        guard (1...64).contains(self.threads) else { throw ValidationError("--threads is 1 to 64") }
        for text in self.endpoint where ClientConfiguration.Endpoint(text) == nil {
            throw ValidationError("--endpoint \"\(text)\" is not HOST:PORT")
        }
    }

    func configuration() throws -> ClientConfiguration {
        guard let file = self.connect ?? ProcessInfo.processInfo.environment["LIKENESS_CONNECT"] else {
            throw LoadError("no service given: use --connect FILE or set LIKENESS_CONNECT")
        }
        var configuration: ClientConfiguration
        do {
            configuration = try ClientConfiguration(file: file)
        } catch {
            throw LoadError(error.message)
        }
        for exposure in configuration.secretFiles.compactMap({ SecretFile.exposure(of: $0) }) {
            Console.say("likeness-load: warning: \(exposure)")
        }
        guard configuration.interceptors.isEmpty else {
            throw ValidationError("\(file): likeness-load sends no bearer token; use a certificate")
        }
        if !self.endpoint.isEmpty {
            configuration.endpoints = self.endpoint.compactMap { ClientConfiguration.Endpoint($0) }
        }
        return configuration
    }
}

/// Reads `20ms` and the like where the command line takes a time.
struct TimeArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(text: argument) else { return nil }
        self.duration = duration
    }

    init(_ duration: Duration) { self.duration = duration }

    /// As one would write it: `10s`, `500ms`.
    var defaultValueDescription: String {
        let milliseconds = Int((self.duration / .milliseconds(1)).rounded())
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}
