internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessLoad

@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness-load",
        abstract: "Search by vector as fast as a number of callers can, and report rate and latency.",
        discussion: """
            EXAMPLES
              likeness-load --concurrency 16 --duration 10
              likeness-load --concurrency 4 --output json

            A closed loop: each caller waits for its answer before it asks again.
            """,
        subcommands: [GenerateCommand.self]
    )

    @Option(
        help: "The client.json of the service (default: LIKENESS_CONNECT).",
        completion: .file(extensions: ["json"])
    )
    var connect: String?

    @Option(help: "Calls under way at once, 1 to 1024.")
    var concurrency = 1

    @Option(help: "Connections, 1 to 64.")
    var connections = 1

    @Option(help: "Seconds that are measured.")
    var duration = 5.0

    @Option(help: "Seconds before that.")
    var warmUp = 1.0

    @Option(help: "Hits wanted.")
    var limit: Int32 = 10

    @Option(help: "Makes the query vectors; the same seed makes the same ones.")
    var seed: UInt64 = 1

    @Option(help: "table or json.")
    var output = "table"

    func validate() throws {
        guard (1...1_024).contains(self.concurrency) else { throw ValidationError("--concurrency is 1 to 1024") }
        guard (1...64).contains(self.connections) else { throw ValidationError("--connections is 1 to 64") }
        guard (0.1...3_600).contains(self.duration), (0...600).contains(self.warmUp) else {
            throw ValidationError("--duration is 0.1 to 3600 s, --warm-up 0 to 600 s")
        }
        guard ["table", "json"].contains(self.output) else { throw ValidationError("--output is table or json") }
    }

    func run() async throws {
        guard let file = self.connect ?? ProcessInfo.processInfo.environment["LIKENESS_CONNECT"] else {
            throw ValidationError("no service given: use --connect FILE or set LIKENESS_CONNECT")
        }
        var configuration = try ClientConfiguration(file: file)
        configuration.connectionsPerEndpoint = self.connections
        let client = try LikenessClient(configuration: configuration)
        let result = await ClosedLoop(
            client: client,
            options: .init(
                concurrency: self.concurrency,
                warmUp: .milliseconds(Int(self.warmUp * 1_000)),
                duration: .milliseconds(Int(self.duration * 1_000)),
                seed: self.seed,
                limit: self.limit
            )
        ).run()
        await client.close()
        if self.output == "json" {
            print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
        } else {
            print("calls \(result.calls)  rate \(Int(result.rate))/s  errors \(result.errors.values.reduce(0, +))")
            print("p50 \(result.p50) ms  p90 \(result.p90) ms  p99 \(result.p99) ms  max \(result.max) ms")
        }
        if result.calls == 0 || !result.errors.isEmpty {
            for (code, count) in result.errors.sorted(by: { $0.key < $1.key }) {
                FileHandle.standardError.write(Data("\(code): \(count)\n".utf8))
            }
            throw ExitCode(1)
        }
    }
}
