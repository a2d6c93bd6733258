internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop

struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restarts",
        abstract: "Restart two servers in turn under calls that keep coming, and count the calls that fail.",
        discussion: """
            Everything happens in this process, on the loopback. The calls are not idempotent: none may be repeated that \
            a server has seen. Ends with status 1 when a call failed.
            """
    )

    @Option(help: "Calls a second.")
    var rate = 1_000

    @Option(help: "Times that each server is restarted.")
    var rounds = 3

    func validate() throws {
        guard (1...20_000).contains(self.rate), (1...100).contains(self.rounds) else {
            throw ValidationError("a value is out of its range")
        }
    }

    func run() async throws {
        try await LoopbackServers.with { loopback in
            var servers = [try await loopback.start(), try await loopback.start()]
            let client = try loopback.client(ports: servers.map(\.port))
            let tally = CallTally()
            let calls = SteadyCalls.start(client, rate: self.rate, tally: tally)
            for _ in 0..<self.rounds {
                for index in servers.indices {
                    try await Task.sleep(for: .milliseconds(1_500))
                    let port = servers[index].port
                    let start = ContinuousClock.now
                    await servers[index].shutDown(within: .seconds(5))
                    let drained = ContinuousClock.now
                    servers[index] = try await loopback.start(port: port)
                    try Console.output.writeLine(
                        "server \(index + 1): drained in \((drained - start).milliseconds) ms, "
                            + "\(tally.answered) calls answered so far, \(tally.failed) failed"
                    )
                }
            }
            try await Task.sleep(for: .milliseconds(1_500))
            calls.cancel()
            await calls.value
            await client.close()
            for server in servers { await server.shutDown(within: .zero) }
            try Console.output.writeLine(
                "\(tally.answered) answered, \(tally.failed) failed at \(self.rate)/s over \(self.rounds * 2) restarts; "
                    + "slowest \(tally.slowest.milliseconds) ms"
            )
            if let failure = tally.firstFailure { try Console.output.writeLine("first failure: \(failure)") }
            if tally.failed > 0 { throw ExitCode(1) }
        }
    }
}
