internal import Foundation
internal import LikenessClient

extension LoadReport.Latency {
    init(_ histogram: LatencyHistogram) {
        func milliseconds(_ percent: Double) -> Double { Double(histogram.percentile(percent)) / 1e6 }
        self.init(
            min: Double(histogram.min) / 1e6,
            mean: histogram.mean / 1e6,
            standardDeviation: histogram.standardDeviation / 1e6,
            p50: milliseconds(50),
            p75: milliseconds(75),
            p90: milliseconds(90),
            p95: milliseconds(95),
            p99: milliseconds(99),
            p999: milliseconds(99.9),
            p9999: milliseconds(99.99),
            max: Double(histogram.max) / 1e6
        )
    }
}

extension LoadReport {
    init(
        plan: LoadPlan,
        workload: Workload,
        startedAt: Date,
        record: LoadRecord,
        usages: [CPUUsage],
        handshakes: [LoadWorker.Handshake],
        reconnects: Int
    ) {
        let latencies = record.latencies
        var seconds = usages.map(\.seconds).max() ?? 0
        var concurrency: Int?
        var arrivals: Arrivals?
        var rates: RatePlan?
        switch plan.mode {
        case .closed(let calls): concurrency = calls
        case .open(let plan, let spread): (rates, arrivals) = (plan, spread)
        }
        if plan.count != nil { seconds = Double(record.lastAnswer) / 1e9 }
        seconds = min(max(seconds, 1e-3), plan.duration / .seconds(1))
        self.run = Run(
            startedAt: startedAt,
            loop: rates == nil ? "closed" : "open",
            arrivals: arrivals?.rawValue,
            rates: rates?.text,
            concurrency: concurrency,
            connections: plan.connections,
            threads: min(plan.threads, plan.connections),
            inFlightMax: plan.inFlightMax,
            endpoints: plan.service.endpoints.map(\.description),
            warmUpSeconds: plan.warmUp / .seconds(1),
            seconds: seconds,
            plannedSeconds: plan.count == nil ? plan.duration / .seconds(1) : nil,
            seed: plan.seed,
            label: workload.kinds.map(\.name).joined(separator: " + ")
        )
        self.sent = record.sent
        self.calls = record.answered
        self.failed = record.failed
        self.rate = Double(record.answeredInTime) / seconds
        self.plannedRate = rates.map { $0.count(until: seconds) / seconds }
        self.latency = Latency(latencies)
        self.curve = latencies.curve().map { CurvePoint(percent: $0.percent, latency: Double($0.nanoseconds) / 1e6) }
        self.kinds = record.kinds.map { kind in
            Kind(
                name: kind.name,
                calls: kind.answered,
                failed: kind.failed,
                rate: Double(kind.answeredInTime) / seconds,
                latency: Latency(kind.latencies)
            )
        }
        self.seconds = Self.series(record, seconds: seconds, rates: rates)
        self.intervalSeconds = record.intervalSeconds == 1 ? nil : record.intervalSeconds
        self.steps = rates.flatMap { Self.steps(record, seconds: seconds, rates: $0) }
        self.errors = record.errors
        self.errorMessages = record.errorMessages
        self.bytesSent = record.bytesSent
        self.bytesReceived = record.bytesReceived
        self.messagesReceived = record.messagesReceived
        self.messagesSent = record.messagesSent
        self.streams = record.streams.map { Streams($0, seconds: seconds) }
        self.handshakes = Handshakes(handshakes, reconnects: reconnects)
        self.schedule = rates.map { Schedule(record, planned: Int($0.count(until: seconds))) }
        self.tester = Tester(usages: usages, record: record, isOpen: rates != nil, spins: plan.spin > .zero)
        self.verification = plan.verifier.map { _ in Verification(record.verification) }
    }

    /// Whole intervals only, of which the last may be a fiftieth shorter, those without an answer too: a stall must show.
    private static func series(_ record: LoadRecord, seconds: Double, rates: RatePlan?) -> [Second] {
        let interval = Double(record.intervalSeconds)
        return (0..<max(Int(seconds / interval + 0.02), seconds < interval ? 1 : 0)).map { index in
            let second = index < record.seconds.count ? record.seconds[index] : LoadRecord.Second()
            let length = min(interval, seconds)
            return Second(
                rate: Double(second.answered) / length,
                failed: second.failed,
                errors: second.errors,
                p50: Double(second.latencies.percentile(50)) / 1e6,
                p99: Double(second.latencies.percentile(99)) / 1e6,
                max: Double(second.latencies.max) / 1e6,
                plannedRate: rates?.rate(at: (Double(index) + 0.5) * interval),
                messages: record.streams.map { _ in Double(second.messages) / length }
            )
        }
    }
}

extension LoadReport {
    /// Those that had begun when the run ended.
    private static func steps(_ record: LoadRecord, seconds: Double, rates: RatePlan) -> [Step]? {
        let steps = zip(rates.steps, record.steps).filter { $0.0.start < seconds }.map { planned, step in
            let length = min(planned.seconds, seconds - planned.start)
            return Step(
                startSeconds: planned.start,
                seconds: length,
                plannedRate: planned.startRate,
                plannedRateEnd: planned.startRate == planned.endRate ? nil : planned.endRate,
                rate: Double(step.answersInside) / max(length, 1e-3),
                calls: step.answered,
                failed: step.failed,
                missed: step.missed,
                latency: Latency(step.latencies)
            )
        }
        return steps.isEmpty ? nil : steps
    }
}

extension LoadReport.Streams {
    /// Milliseconds.
    static let gapLimits: [Double] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1_000,
        2_000, 5_000, 10_000,
    ]

    init(_ record: StreamRecord, seconds: Double) {
        func latency(_ histogram: LatencyHistogram) -> LoadReport.Latency? {
            histogram.count == 0 ? nil : LoadReport.Latency(histogram)
        }
        let counts = record.gaps.counts(upTo: Self.gapLimits.map { UInt64($0 * 1e6) })
        self.init(
            messages: record.messages,
            rate: Double(record.messages) / seconds,
            firstMessage: latency(record.firstMessage),
            gaps: latency(record.gaps),
            gapHistogram: counts.enumerated().map { index, count in
                .init(upTo: index < Self.gapLimits.count ? Self.gapLimits[index] : nil, count: count)
            },
            roundTrips: record.unpaired == 0 ? latency(record.roundTrips) : nil,
            open: record.open
        )
    }
}

extension LoadReport.Handshakes {
    init(_ handshakes: [LoadWorker.Handshake], reconnects: Int) {
        func median(_ values: [UInt64]) -> Double {
            values.isEmpty ? 0 : Double(values.sorted()[values.count / 2]) / 1e6
        }
        self.init(
            count: handshakes.count,
            tcpMedian: median(handshakes.map(\.tcpNanoseconds)),
            tlsMedian: median(handshakes.map(\.tlsNanoseconds)),
            tlsMax: Double(handshakes.map(\.tlsNanoseconds).max() ?? 0) / 1e6,
            version: handshakes.first?.version ?? "",
            reconnects: reconnects
        )
    }
}

extension LoadReport.Schedule {
    static let limits: [UInt64] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000]

    init(_ record: LoadRecord, planned: Int) {
        func microseconds(_ percent: Double) -> Double { Double(record.lateness.percentile(percent)) / 1e3 }
        let counts = record.lateness.counts(upTo: Self.limits.map { $0 * 1_000 })
        self.init(
            planned: planned,
            p50: microseconds(50),
            p99: microseconds(99),
            p999: microseconds(99.9),
            max: Double(record.lateness.max) / 1e3,
            histogram: counts.enumerated().map { index, count in
                .init(upTo: index < Self.limits.count ? Double(Self.limits[index]) : nil, count: count)
            },
            held: record.held,
            missed: record.missed
        )
    }
}

extension LoadReport.Tester {
    init(usages: [CPUUsage], record: LoadRecord, isOpen: Bool, spins: Bool) {
        let seconds = max(usages.map(\.seconds).max() ?? 0, 1e-3)
        let process = usages.map(\.processSeconds).max() ?? 0
        let busiest = usages.map { $0.threadSeconds / max($0.seconds, 1e-3) }.max() ?? 0
        let calls = record.answered + record.failed
        let machine = usages.compactMap(\.machineShare).max()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        self.init(
            cpuMicrosecondsPerCall: calls == 0 ? 0 : process * 1e6 / Double(calls),
            cpuPercent: process / seconds * 100,
            busiestThreadPercent: busiest * 100,
            cores: cores,
            machinePercent: machine.map { $0 * 100 },
            warnings: Self.warnings(record: record, busiest: busiest, machine: machine, isOpen: isOpen, spins: spins)
        )
    }

    /// When the tester, not the service, may be what was measured.
    static func warnings(
        record: LoadRecord,
        busiest: Double,
        machine: Double?,
        isOpen: Bool,
        spins: Bool
    ) -> [String] {
        var warnings: [String] = []
        if busiest > 0.85, !spins {
            warnings.append(
                "the tester is at its limit: a thread used \(Figures.percent(busiest)) of a core; use --threads or a second machine"
            )
        }
        if record.callersWithoutPlace > 0 {
            warnings.append(
                "\(Figures.count(record.callersWithoutPlace)) callers found no place: the service takes fewer calls at once on a connection; use more --connections"
            )
        }
        if isOpen {
            let late = record.lateness.percentile(99)
            if late > 1_000_000 {
                let text = Figures.duration(nanoseconds: Double(late))
                let why = machine.map { $0 > 0.95 ? "; its machine was at \(Figures.percent($0))" : "" } ?? ""
                warnings.append("the schedule slipped: the tester sent 1% of the requests \(text) late or more\(why)")
            }
            if record.held > 0 {
                warnings.append(
                    "\(Figures.count(record.held)) request\(record.held == 1 ? "" : "s") waited for a free place: --in-flight calls were under way, or all the service takes"
                )
            }
            if record.missed > 0 {
                warnings.append(
                    "\(Figures.count(record.missed)) planned request\(record.missed == 1 ? " was" : "s were") never sent"
                )
            }
        }
        return warnings
    }
}

extension LoadReport.Verification {
    init(_ summary: VerificationSummary) {
        self.init(
            checked: summary.checked,
            wrong: summary.wrong,
            recall: summary.recall,
            faults: Dictionary(uniqueKeysWithValues: summary.faults.map { ($0.key.rawValue, $0.value) }),
            examples: summary.examples,
            uncheckedHits: summary.unchecked
        )
    }
}
