internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop
internal import LikenessMessages
internal import LikenessRPC
internal import Synchronization

struct AgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "age",
        abstract: "Let many connections reach their greatest age at once, and see how their ends are spread.",
        discussion: """
            Everything happens in this process, on the loopback. Each client calls four times a second. Ends with status \
            1 when a call failed, or when the ends of the first connections lie within 18 % of the age.
            """
    )

    @Option(help: "Connections, each of a client of its own.")
    var connections = 500

    @Option(help: "Seconds after which the server ends a connection.")
    var age = 10

    func validate() throws {
        guard (2...5_000).contains(self.connections), (1...60).contains(self.age) else {
            throw ValidationError("a value is out of its range")
        }
    }

    private final class Ends: ServerObserver {
        private let times = Mutex<[ContinuousClock.Instant]>([])

        var all: [ContinuousClock.Instant] { self.times.withLock(\.self) }

        func connectionOpened(_ peer: PeerIdentity) {}
        func connectionClosed(_ peer: PeerIdentity) { self.times.withLock { $0.append(.now) } }
        func callStarted(_ method: MethodInfo) {}
        func callEnded(_ call: EndedCall) {}
    }

    func run() async throws {
        try await LoopbackServers.with { loopback in
            let ends = Ends()
            let server = try await loopback.start(observer: ends) { configuration in
                configuration.connectionAge = .seconds(self.age)
                configuration.connectionsMax = self.connections * 3
                configuration.connectionsPerIdentityMax = self.connections * 3
            }
            let tally = CallTally()
            let clients = try (0..<self.connections).map { _ in try loopback.client(ports: [server.port]) }
            let start = ContinuousClock.now
            // Long enough for the last of the first connections, not for the first of the second.
            let end = start + .seconds(self.age) * 1.5
            await withTaskGroup { group in
                for client in clients {
                    group.addTask {
                        while ContinuousClock.now < end {
                            await tally.count {
                                _ = try await InteropServiceClient(caller: client.caller)
                                    .emptyCall(EmptyCallRequest(), options: CallOptions(timeout: .seconds(20)))
                            }
                            try? await Task.sleep(for: .milliseconds(250))
                        }
                    }
                }
            }
            let times = ends.all.sorted().map { $0 - start }
            await withTaskGroup { group in
                for client in clients { group.addTask { await client.close() } }
            }
            await server.shutDown(within: .zero)
            guard let first = times.first, let last = times.last else {
                try Console.output.writeLine("no connection ended")
                throw ExitCode(1)
            }
            try Console.output.writeLine(
                "\(times.count) of \(self.connections) connections ended between \(first.milliseconds) and "
                    + "\(last.milliseconds) ms, a spread of \((last - first).milliseconds) ms; "
                    + "\(tally.answered) calls answered, \(tally.failed) failed, slowest \(tally.slowest.milliseconds) ms"
            )
            if let failure = tally.firstFailure { try Console.output.writeLine("first failure: \(failure)") }
            let isSpread = last - first >= .milliseconds(180 * self.age) && times.count >= self.connections
            if tally.failed > 0 || !isSpread { throw ExitCode(1) }
        }
    }
}
