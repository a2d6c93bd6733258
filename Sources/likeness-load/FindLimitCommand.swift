internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessLoad

struct FindLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-limit",
        abstract: "Find the highest rate at which the service keeps to a latency.",
        discussion: """
            Doubles the rate of an open loop until the goal is missed, halves the interval until it is known to \
            --resolution, and tries both ends of it again; a rate whose trials disagree is tried until the majority is clear. A rate counts as met when p99 and errors are within the goal \
            and 95% of what was planned was answered in time. The exit code is 1 when no rate, or none of --at-least, \
            was met.

            EXAMPLES
              likeness-load find-limit --p99 20ms
              likeness-load find-limit --p99 5ms --mix vector=80,get=20 --html limit.html
            """
    )

    @OptionGroup(title: "Service") var service: ServiceOptions
    @OptionGroup(title: "Workload") var workload: WorkloadOptions

    @Option(help: "The goal for the 99th percentile of the latency, like 20ms.")
    var p99: TimeArgument

    @Option(help: "The goal for what fails or is never sent: 0.1%, or 0.")
    var errors = "0.1%"

    @Option(help: "First rate that is tried.")
    var start = 100.0

    @Option(help: "Highest rate that is tried.")
    var highest = 100_000.0

    @Option(help: "How exact the answer is: 5%.")
    var resolution = "5%"

    @Option(help: "constant or poisson.")
    var arrivals = "poisson"

    @Option(help: "Time of each trial that is measured.")
    var duration = TimeArgument(.seconds(5))

    @Option(help: "Time before it at the same rate, for things to settle.")
    var settle = TimeArgument(.seconds(2))

    @Option(help: "Calls under way at most.")
    var inFlight = 1_024

    @Option(help: "On standard output: text or json.")
    var output = "text"

    @Option(help: "Write the JSON report to this file too.", completion: .file(extensions: ["json"]))
    var json: String?

    @Option(help: "Write a page with the curve to this file.", completion: .file(extensions: ["html"]))
    var html: String?

    @Option(help: "Fail when the limit is lower.")
    var atLeast: Double?

    @Flag(help: "Show nothing while it runs.")
    var quiet = false

    func validate() throws {
        guard self.p99.duration > .zero else { throw ValidationError("--p99 is above 0") }
        guard self.start > 0, self.highest >= self.start, self.highest <= 1_000_000 else {
            throw ValidationError("--start is above 0 and at most --highest, which is at most 1000000")
        }
        guard Share(text: self.errors) != nil, let resolution = Share(text: self.resolution), resolution.value >= 0.005,
            resolution.value <= 0.5
        else { throw ValidationError("--errors is like 0.1%, --resolution 0.5% to 50%") }
        guard Arrivals(rawValue: self.arrivals) != nil else {
            throw ValidationError("--arrivals is constant or poisson")
        }
        guard ["text", "json"].contains(self.output) else { throw ValidationError("--output is text or json") }
        guard self.duration.duration >= .milliseconds(500) else {
            throw ValidationError("--duration is 500 ms or more")
        }
    }

    func run() async throws {
        try ResultOptions.checkWritable(self.json, self.html)
        let configuration = try self.service.configuration()
        let (workload, verifier) = try await self.workload.prepare(configuration)
        let goal = LimitGoal(p99: self.p99.duration, errorShare: Share(text: self.errors)?.value ?? 0)
        var search = LimitSearch(
            start: self.start,
            highest: self.highest,
            resolution: Share(text: self.resolution)?.value ?? 0.05
        )
        var trials: [LimitReport.Trial] = []
        var warnings: [(rate: Double, met: Bool, texts: [String])] = []
        while let rate = search.next {
            let seconds = self.duration.duration / .seconds(1)
            var plan = LoadPlan(
                service: configuration,
                mode: .open(
                    RatePlan([.init(rate: rate, seconds: seconds)]),
                    Arrivals(rawValue: self.arrivals) ?? .poisson
                )
            )
            plan.connections = self.service.connections
            plan.threads = self.service.threads
            plan.inFlightMax = self.inFlight
            plan.warmUp = self.settle.duration
            plan.duration = self.duration.duration
            plan.seed = self.workload.seed
            plan.verifier = verifier
            let title = "\(Figures.rate(rate))/s" + (search.isConfirming ? ", once more" : "")
            let report = try await Terminal.following(title: title, seconds: seconds, isQuiet: self.quiet) {
                [plan] onProgress in try await LoadRun(plan: plan, workload: workload).run(onProgress: onProgress)
            }
            let missed = goal.miss(report)
            trials.append(.init(report, missed: missed))
            let verdict =
                missed.map { "missed: \($0)" } ?? "met, p99 \(Figures.duration(milliseconds: report.latency.p99))"
            if !self.quiet { Console.say("\(title): \(verdict)") }
            warnings.append((rate, missed == nil, report.tester.warnings))
            // A trial that was interrupted proves nothing.
            if Terminal.wasInterrupted { break }
            search.tried(met: missed == nil)
        }
        let found = LimitReport(
            label: workload.kinds.map(\.name).joined(separator: " + "),
            goal: goal,
            connections: self.service.connections,
            seconds: self.duration.duration / .seconds(1),
            rate: search.limit,
            trials: trials,
            warnings: Self.warnings(warnings, search)
        )
        let data = try found.json()
        try Console.output.writeLine(
            self.output == "json"
                ? DisplayText(json: String(decoding: data, as: UTF8.self)) : DisplayText(lines: found.text)
        )
        if let file = self.json { try ResultOptions.write(data, to: file) }
        if let file = self.html { try ResultOptions.write(Data(HTMLReport.text(found).utf8), to: file) }
        if Terminal.wasInterrupted { throw ExitCode(Terminal.interruptedCode) }
        guard let rate = found.rate, rate >= self.atLeast ?? 0 else { throw ExitCode(1) }
    }
}

extension FindLimitCommand {
    /// Those of the answer, and of the lowest rate that missed the goal: it may be the tester that missed it.
    private static func warnings(_ trials: [(rate: Double, met: Bool, texts: [String])], _ search: LimitSearch)
        -> [String]
    {
        let limit = search.limit
        let unsteady = "too unsteady for a finer answer: \(trials.count) trials, and the rate met the goal only once"
        let answer = trials.last { $0.met && $0.rate == limit }
        let missed = trials.filter { !$0.met && $0.rate > limit ?? 0 }.min { $0.rate < $1.rate }
        return (search.isSure ? [] : [unsteady])
            + [answer, missed].compactMap(\.self).flatMap { trial in
                trial.texts.map { "at \(Figures.rate(trial.rate))/s \($0)" }
            }
    }
}

/// Reads `5%` or `0`.
struct Share {
    /// 0...1.
    let value: Double

    init?(text: String) {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? text.dropLast() : text[...]), number >= 0 else { return nil }
        guard isPercent || number == 0 else { return nil }
        self.value = number / 100
    }
}
