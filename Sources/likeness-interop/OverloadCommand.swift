internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessInterop
internal import Logging

struct OverloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overload",
        abstract: "Load a server beyond saturation and print what it still does.",
        discussion: """
            Everything happens in this process, on the loopback. Handlers share a few workers, as searches share a \
            database. The peak is measured by callers that wait for their answers; then calls come at multiples of it, \
            whatever becomes of them, and at last at four fifths.
            """
    )

    @Option(help: "Calls that are worked on at once, 1 to 64.")
    var workers = 10

    @Option(help: "How long the work of one call takes, 1 to 1000 milliseconds.")
    var workMs = 10

    @Option(
        help: "Delay that a standing queue may cause, 1 to 1000 milliseconds (`rpc.queue_delay_target` of likenessd)."
    )
    var queueDelayMs = 50

    @Option(help: "Length of each phase in seconds, 1 to 20.")
    var seconds = 8

    func validate() throws {
        guard (1...64).contains(self.workers), (1...1_000).contains(self.workMs), (1...20).contains(self.seconds),
            (1...1_000).contains(self.queueDelayMs)
        else {
            throw ValidationError("a value is out of its range; see --help")
        }
    }

    func run() async throws {
        let length = Duration.seconds(self.seconds)
        let trial = try await OverloadTrial.start(
            workers: self.workers,
            work: .milliseconds(self.workMs),
            delayTarget: .milliseconds(self.queueDelayMs),
            logger: Logger(label: "overload") { _ in SwiftLogNoOpLogHandler() }
        )
        // No queue: what a call takes. A short queue: what the workers can do.
        let unloaded = await trial.closedLoop(callers: 1, for: .seconds(2))
        let peak = await trial.closedLoop(callers: self.workers * 2, for: .seconds(4))
        try Self.row(
            "phase",
            ["offered/s", "answered/s", "of peak %", "p99 ms", "refused", "refused p99 ms", "health p99 ms", "failed"]
        )
        try Self.report("unloaded", offered: 0, unloaded, peak: peak)
        try Self.report("peak", offered: 0, peak, peak: peak)
        for factor in [2.0, 5.0] {
            let rate = peak.goodput * factor
            try Self.report(
                "\(Int(factor))x",
                offered: rate,
                await trial.openLoop(perSecond: rate, for: length),
                peak: peak
            )
        }
        let after = await trial.openLoop(perSecond: peak.goodput * 0.8, for: length)
        try Self.report("then 0.8x", offered: peak.goodput * 0.8, after, peak: peak)
        let recovery = String(format: "%.2f", after.lastRefusal / .seconds(1))
        try Console.output.writeLine("recovery: the last refusal came \(recovery) s after the load had dropped")
        await trial.stop()
    }

    private static func report(_ name: String, offered: Double, _ sample: OverloadSample, peak: OverloadSample) throws {
        func text(_ value: Double) -> String { String(format: "%.1f", value) }
        try Self.row(
            name,
            [
                offered > 0 ? text(offered) : "-", text(sample.goodput), text(100 * sample.goodput / peak.goodput),
                text(OverloadSample.milliseconds(sample.accepted, quantile: 0.99)), "\(sample.refused.count)",
                text(OverloadSample.milliseconds(sample.refused, quantile: 0.99)),
                text(OverloadSample.milliseconds(sample.health, quantile: 0.99)), "\(sample.failed)",
            ]
        )
    }

    private static func row(_ name: String, _ cells: [String]) throws {
        let padded = cells.map { String(repeating: " ", count: max(0, 15 - $0.count)) + $0 }
        try Console.output.writeLine("\(name.padding(toLength: 10, withPad: " ", startingAt: 0))\(padded.joined())")
    }
}
