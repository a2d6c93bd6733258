internal import ArgumentParser
internal import Foundation
internal import LikenessLoad

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "One run at a rate, or with a number of callers (the default command).",
        discussion: """
            With --rate or --steps requests are sent at planned times, whatever the service does, and latency counts \
            from the planned time (an open loop). Without, --concurrency callers each wait for their answer before \
            they ask again (a closed loop), which finds the most a service can do and hides its stalls.

            --fail-if compares min, mean, p50, p75, p90, p95, p99, p99.9, p99.99, max, errors, rate, missed, held, \
            wrong, unchecked, recall, cpu (µs of the tester a call), lag-p50, lag-p99, lag-p99.9, lag-max; and, of streams, \
            messages (a second), first-p50, gap-p50, round-trip-p50 and the same with p90, p99, p99.9 and max. When one holds, the \
            exit code is 1.

            Places in --data and in the lines of --data-file: {{vector N}}, {{int A B}}, {{float A B}}, {{uuid}}, \
            {{index}}, {{choose a|b}} and, inside quotes, {{line FILE}}.

            EXAMPLES
              likeness-load run --rate 500 --arrivals poisson --duration 30s
              likeness-load run --steps 500,1000,2000:10s --html steps.html
              likeness-load run --call likeness.v1.ProfileService/GetProfile \\
                --data '{"key": {"id": "{{line ids.txt}}"}}'
              likeness-load run --verify --fail-if 'wrong>0' --fail-if 'recall<0.95'
            """
    )

    @OptionGroup(title: "Service") var service: ServiceOptions
    @OptionGroup(title: "Workload") var workload: WorkloadOptions

    @Option(help: "Requests a second: 500, or 100..2000 for a ramp.")
    var rate: String?

    @Option(help: "How long a ramp takes; then its last rate is kept.")
    var ramp: TimeArgument?

    @Option(help: "Rates that follow each other, and how long each is kept: 500,1000,2000:10s.")
    var steps: String?

    @Option(help: "With --rate or --steps: constant or poisson. (default: constant)")
    var arrivals: String?

    @Option(help: "Calls under way at once without --rate, 1 to 16384. (default: 1)")
    var concurrency: Int?

    @Option(help: "Calls under way at most with --rate; what comes on top waits, and its latency counts that.")
    var inFlight = 1_024

    @Option(help: "Time that is measured, like 30s, 5m or 500ms. (default: 10s; --steps says how long each step is)")
    var duration: TimeArgument?

    @Option(help: "End after so many requests, if that is sooner.")
    var count: Int?

    @Option(help: "Time before that.")
    var warmUp = TimeArgument(.seconds(1))

    @Option(help: "Look at the clock over and over this long before a planned time, which is more exact and costs CPU.")
    var spin = TimeArgument(.zero)

    @OptionGroup(title: "Results") var results: ResultOptions

    func validate() throws {
        guard (1...16_384).contains(self.concurrency ?? 1) else { throw ValidationError("--concurrency is 1 to 16384") }
        guard (1...1_000_000).contains(self.inFlight) else { throw ValidationError("--in-flight is 1 to 1000000") }
        guard self.count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is above 0") }
        guard self.measured >= .milliseconds(100), self.measured <= .seconds(24 * 3_600) else {
            throw ValidationError("--duration is 100 ms to 24 h")
        }
        guard self.duration == nil || self.steps == nil else {
            throw ValidationError("--duration and --steps exclude each other: every step says how long it is")
        }
        guard self.rate == nil || self.steps == nil else {
            throw ValidationError("--rate and --steps exclude each other")
        }
        let isOpen = self.rate != nil || self.steps != nil
        guard self.arrivals == nil || isOpen else { throw ValidationError("--arrivals needs --rate or --steps") }
        guard self.concurrency == nil || !isOpen else {
            throw ValidationError("--concurrency and --rate exclude each other; --in-flight bounds what is under way")
        }
        guard Arrivals(rawValue: self.arrivals ?? "constant") != nil else {
            throw ValidationError("--arrivals is constant or poisson")
        }
        if self.results.stepsCSV != nil, self.steps == nil, self.rate?.contains("..") != true {
            throw ValidationError("--steps-csv needs --steps or a ramp like --rate 100..2000")
        }
        do { _ = try self.plannedRates() } catch { throw ValidationError(error.description) }
    }

    /// Without `--steps`.
    private var measured: Duration { self.duration?.duration ?? .seconds(10) }

    private func plannedRates() throws(OptionError) -> RatePlan? {
        if let steps = self.steps { return try RatePlan(steps: steps) }
        guard let rate = self.rate else {
            guard self.ramp == nil else { throw OptionError("--ramp needs --rate") }
            return nil
        }
        return try RatePlan(rate: rate, ramp: self.ramp?.duration, duration: self.measured)
    }

    func run() async throws {
        try ResultOptions.checkWritable(self.results.json, self.results.csv, self.results.stepsCSV, self.results.html)
        let configuration = try self.service.configuration()
        let rates = try self.plannedRates()
        let arrivals = self.arrivals.flatMap(Arrivals.init) ?? .constant
        var plan = LoadPlan(
            service: configuration,
            mode: rates.map { .open($0, arrivals) } ?? .closed(concurrency: self.concurrency ?? 1)
        )
        plan.connections = self.service.connections
        plan.threads = self.service.threads
        plan.inFlightMax = self.inFlight
        plan.warmUp = self.warmUp.duration
        plan.duration = self.steps == nil ? self.measured : rates.map { .seconds($0.seconds) } ?? .zero
        plan.count = self.count
        plan.seed = self.workload.seed
        plan.spin = self.spin.duration
        let (workload, verifier) = try await self.workload.prepare(configuration)
        plan.verifier = verifier
        let report = try await Terminal.following(
            title: workload.kinds.map(\.name).joined(separator: " + "),
            seconds: plan.duration / .seconds(1),
            count: self.count,
            isQuiet: self.results.quiet
        ) { [plan] onProgress in
            try await LoadRun(plan: plan, workload: workload).run(onProgress: onProgress)
        }
        try self.results.write(report)
    }
}
