internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop

struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Call a server for long, then over many fresh connections, and print what grew.",
        discussion: """
            gRPC's rpc_soak and channel_soak. Memory is compared after a fifth more calls and connections than are \
            counted. Ends with status 1 when a call failed, memory grew by more than 3 % or descriptors stayed open.
            """
    )

    @Option(help: "The client.json of the server.", completion: .file(extensions: ["json"]))
    var connect: String

    @Option(help: "The server's process, to watch that too.")
    var serverProcess: Int?

    @Option(help: "Calls on one connection.")
    var calls = 100_000

    @Option(help: "Calls at once on that connection.")
    var concurrency = 16

    @Option(help: "Fresh connections, each with one call.")
    var connections = 2_000

    func validate() throws {
        guard (1...10_000_000).contains(self.calls), (1...100_000).contains(self.connections),
            (1...100).contains(self.concurrency)
        else { throw ValidationError("a value is out of its range") }
    }

    func run() async throws {
        let configuration = try ClientConfiguration(file: self.connect)
        let client = try LikenessClient(configuration: configuration)
        var isGood = try await self.phase("\(self.calls) calls on one connection", count: self.calls) { count, tally in
            await withTaskGroup { group in
                for task in 0..<self.concurrency {
                    group.addTask {
                        for _ in 0..<(count + task) / self.concurrency { await Self.call(client, tally) }
                    }
                }
            }
        }
        await client.close()
        isGood =
            try await self.phase("\(self.connections) fresh connections", count: self.connections) { count, tally in
                for _ in 0..<count {
                    do {
                        let client = try LikenessClient(configuration: configuration)
                        await Self.call(client, tally)
                        await client.close()
                    } catch {
                        await tally.count { throw error }
                    }
                }
            } && isGood
        if !isGood { throw ExitCode(1) }
    }

    private static func call(_ client: LikenessClient, _ tally: CallTally) async {
        await tally.count {
            _ = try await InteropServiceClient(caller: client.caller)
                .emptyCall(EmptyCallRequest(), options: CallOptions(timeout: .seconds(20)))
        }
    }

    /// - Returns: Whether all is well.
    private func phase(_ name: String, count: Int, _ run: (Int, CallTally) async -> Void) async throws -> Bool {
        await run(max(1, count / 5), CallTally())
        let before = await self.use()
        let start = ContinuousClock.now
        let tally = CallTally()
        await run(count, tally)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let after = await self.use()
        var isGood = tally.failed == 0
        try Console.output.writeLine(
            "\(name): \(tally.answered) answered, \(tally.failed) failed, \(Int(Double(count) / seconds))/s"
        )
        if let failure = tally.firstFailure { try Console.output.writeLine("  first failure: \(failure)") }
        for (who, (before, after)) in zip(["client", "server"], zip(before, after)) {
            let growth = Double(after.residentKiB - before.residentKiB) / Double(before.residentKiB) * 100
            try Console.output.writeLine(
                "  \(who): resident \(before.residentKiB) -> \(after.residentKiB) KiB "
                    + "(\(String(format: "%+.1f", growth)) %), "
                    + "descriptors \(before.descriptorCount) -> \(after.descriptorCount)"
            )
            if growth > 3 || after.descriptorCount > before.descriptorCount { isGood = false }
        }
        return isGood
    }

    /// Of the client and, when it is known, the server; once what is closing has had a moment to close.
    private func use() async -> [ProcessUse] {
        try? await Task.sleep(for: .seconds(1))
        return [ProcessUse(), self.serverProcess.flatMap { ProcessUse(of: "\($0)") }].compactMap(\.self)
    }
}
