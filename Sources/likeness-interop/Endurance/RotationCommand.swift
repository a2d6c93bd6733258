internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop

struct RotationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotations",
        abstract: "Exchange a server's certificates under calls that keep coming, and count the calls that fail.",
        discussion: """
            Everything happens in this process, on the loopback. Each rotation writes a new certificate, key and CA of \
            clients, has the server read them as a signal would, and connects with a certificate of the new CA. The calls \
            are not idempotent and stay on one connection. Ends with status 1 when a call failed, when the server showed \
            the same certificate twice, or when the connection of the calls was lost.
            """
    )

    @Option(help: "Calls a second.")
    var rate = 1_000

    @Option(help: "Rotations.")
    var rotations = 100

    @Option(help: "Seconds over which they are spread.")
    var seconds = 60

    func validate() throws {
        guard (1...20_000).contains(self.rate), (1...10_000).contains(self.rotations),
            (1...3_600).contains(self.seconds)
        else { throw ValidationError("a value is out of its range") }
    }

    func run() async throws {
        try await LoopbackServers.with { loopback in
            let certificates = try RotatingCertificates(folder: loopback.folder)
            let connections = ConnectionTally()
            let server = try await loopback.start(files: certificates.files, observer: connections)
            func connect(_ configuration: ClientConfiguration) throws -> LikenessClient {
                var configuration = configuration
                configuration.endpoints[0].port = server.port
                return try LikenessClient(configuration: configuration)
            }
            let client = try connect(certificates.client())
            let (steady, fresh) = (CallTally(), CallTally())
            await Self.call(client, steady)
            let calls = SteadyCalls.start(client, rate: self.rate, tally: steady)
            var shown: Set = [server.certificateFingerprint]
            var next = ContinuousClock.now
            for _ in 0..<self.rotations {
                let configuration = try certificates.rotate()
                try server.reloadCertificates()
                shown.insert(server.certificateFingerprint)
                let newcomer = try connect(configuration)
                await Self.call(newcomer, fresh)
                await newcomer.close()
                next += .seconds(self.seconds) / self.rotations
                try await Task.sleep(until: next, clock: .continuous)
            }
            calls.cancel()
            await calls.value
            await client.close()
            await server.shutDown(within: .zero)
            let lost = connections.opened - 1 - self.rotations
            try Console.output.writeLine(
                "\(self.rotations) rotations, \(shown.count - 1) new certificates shown; \(steady.answered) calls answered, "
                    + "\(steady.failed) failed at \(self.rate)/s, slowest \(steady.slowest.milliseconds) ms; "
                    + "\(fresh.answered) fresh connections of a new CA answered, \(fresh.failed) failed; "
                    + "\(lost) connections lost"
            )
            if let failure = steady.firstFailure ?? fresh.firstFailure {
                try Console.output.writeLine("first failure: \(failure)")
            }
            if steady.failed + fresh.failed + lost > 0 || shown.count != self.rotations + 1 { throw ExitCode(1) }
        }
    }

    private static func call(_ client: LikenessClient, _ tally: CallTally) async {
        await tally.count {
            _ = try await InteropServiceClient(caller: client.caller)
                .emptyCall(EmptyCallRequest(), options: CallOptions(timeout: .seconds(20)))
        }
    }
}
