import LikenessRPC
import LikenessScheduling
import NIOCore
import Testing

/// A service with a fixed number of workers and a queue, an open loop of callers, and a clock that only the test moves.
private struct Simulation {
    struct Outcome {
        var answered = 0
        var shed: [CallPriority: Int] = [:]
        var arrived: [CallPriority: Int] = [:]
        var latencies: [Duration] = []
        var retryDelays: [Duration] = []

        func latency(_ quantile: Double) -> Duration {
            let sorted = self.latencies.sorted()
            return sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, Int(Double(sorted.count) * quantile))]
        }
    }

    static let workers = 4
    static let service = Duration.milliseconds(2)
    /// Calls a second that the workers can do.
    static let capacity = Double(Self.workers) / (Self.service / .seconds(1))

    var controller: AdmissionController
    private var random = SystemlessRandom(state: 7)
    private(set) var now = Duration.seconds(1)
    /// When each worker is free.
    private var free = [Duration](repeating: .zero, count: Self.workers)
    /// By end.
    private var running: [(end: Duration, start: Duration, priority: CallPriority)] = []

    init(_ configuration: AdmissionController.Configuration = .init()) {
        self.controller = AdmissionController(configuration)
    }

    /// Calls arrive at random at `rate` times the capacity.
    mutating func run(_ time: Duration, rate: Double, batch: Double = 0, system: Double = 0) -> Outcome {
        var outcome = Outcome()
        let end = self.now + time
        while true {
            let gap = -Double.log(1 - self.random.fraction()) / (Self.capacity * rate)
            let next = self.now + .seconds(gap)
            self.finish(until: min(next, end), &outcome)
            guard next < end else {
                self.now = end
                return outcome
            }
            self.now = next
            let kind = self.random.fraction()
            let priority: CallPriority = kind < system ? .system : kind < system + batch ? .batch : .normal
            outcome.arrived[priority, default: 0] += 1
            switch self.controller.callArrived(
                priority,
                of: .service,
                now: self.deadline,
                chance: self.random.fraction()
            ) {
            case .shed(let delay):
                outcome.shed[priority, default: 0] += 1
                outcome.retryDelays.append(delay)
            case .admit:
                // Whoever comes first is served first; service times vary by a half.
                let worker = self.free.indices.min { self.free[$0] < self.free[$1] } ?? 0
                let length = Self.service * (0.5 + self.random.fraction())
                self.free[worker] = max(self.free[worker], self.now) + length
                let end = self.free[worker]
                let index = (self.running.lastIndex { $0.end <= end } ?? -1) + 1
                self.running.insert((end, self.now, priority), at: index)
            }
        }
    }

    private var deadline: NIODeadline { .uptimeNanoseconds(UInt64(self.now / .nanoseconds(1))) }

    private mutating func finish(until time: Duration, _ outcome: inout Outcome) {
        let done = self.running.prefix { $0.end <= time }
        self.running.removeFirst(done.count)
        for call in done {
            self.now = max(self.now, call.end)
            self.controller.callEnded(
                call.priority,
                of: .service,
                method: 0,
                latency: call.end - call.start,
                now: self.deadline
            )
            outcome.answered += 1
            outcome.latencies.append(call.end - call.start)
        }
    }
}

/// The same numbers every time.
private struct SystemlessRandom {
    var state: UInt64

    mutating func fraction() -> Double {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(self.state >> 11) / Double(1 << 53)
    }
}

extension Double {
    /// The natural logarithm by its series: enough for a simulation.
    fileprivate static func log(_ value: Double) -> Double {
        let exponent = Double(value.exponent)
        let ratio = (value.significand - 1) / (value.significand + 1)
        var (sum, power) = (0.0, ratio)
        for term in 0..<20 {
            sum += power / Double(2 * term + 1)
            power *= ratio * ratio
        }
        return 2 * sum + exponent * 0.693_147_180_559_945_3
    }
}

@Suite struct AdmissionControllerTests {
    private static let second = Simulation.capacity

    @Test func `nothing is refused below saturation`() {
        var simulation = Simulation()
        let outcome = simulation.run(.seconds(30), rate: 0.8)
        #expect(outcome.shed.isEmpty)
        #expect(outcome.latency(0.99) < .milliseconds(30))
    }

    @Test(arguments: [2.0, 5.0])
    func `goodput and latency hold beyond saturation`(rate: Double) {
        var simulation = Simulation()
        _ = simulation.run(.seconds(2), rate: 0.5)
        _ = simulation.run(.seconds(1), rate: rate)
        let outcome = simulation.run(.seconds(20), rate: rate)
        #expect(Double(outcome.answered) >= 0.95 * 20 * Self.second)
        #expect(outcome.latency(0.99) < .milliseconds(120))
        #expect(outcome.shed[.normal, default: 0] > 0)
    }

    @Test(arguments: [2.0, 5.0])
    func `calls that waited in an old queue do not shrink the bound again`(rate: Double) {
        var configuration = AdmissionController.Configuration()
        configuration.delayTarget = .milliseconds(250)
        var simulation = Simulation(configuration)
        _ = simulation.run(.seconds(2), rate: 0.5)
        var lowest = Int.max
        for _ in 0..<200 {
            _ = simulation.run(.milliseconds(50), rate: rate)
            lowest = min(lowest, simulation.controller.limit)
        }
        // A queue of 125 ms, half the target, holds 250 calls.
        #expect(lowest >= 250)
        #expect(simulation.run(.seconds(20), rate: rate).latency(0.99) < .milliseconds(300))
    }

    @Test func `the first second of a fivefold load is answered in time too`() {
        var simulation = Simulation()
        _ = simulation.run(.seconds(2), rate: 0.5)
        #expect(simulation.run(.seconds(1), rate: 5).latency(0.99) < .milliseconds(200))
    }

    @Test func `after the load has dropped nothing is refused any more`() {
        var simulation = Simulation()
        _ = simulation.run(.seconds(10), rate: 5)
        _ = simulation.run(.milliseconds(500), rate: 0.8)
        let outcome = simulation.run(.seconds(10), rate: 0.8)
        #expect(outcome.shed.isEmpty)
        #expect(outcome.latency(0.99) < .milliseconds(30))
    }

    @Test func `three minutes of overload do not teach it that slow is normal`() {
        var simulation = Simulation()
        _ = simulation.run(.seconds(2), rate: 0.5)
        _ = simulation.run(.seconds(180), rate: 2)
        let outcome = simulation.run(.seconds(20), rate: 2)
        #expect(outcome.latency(0.99) < .milliseconds(200))
        #expect(Double(outcome.answered) >= 0.95 * 20 * Self.second)
    }

    @Test func `a server that starts under overload finds its bound`() {
        var simulation = Simulation()
        _ = simulation.run(.seconds(70), rate: 5)
        #expect(simulation.run(.seconds(20), rate: 5).latency(0.99) < .milliseconds(200))
    }

    @Test func `a burst that the bound holds is not refused`() {
        var controller = AdmissionController()
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        for _ in 0..<256 { #expect(controller.callArrived(.normal, of: .service, now: now, chance: 0) == .admit) }
        #expect(controller.callArrived(.normal, of: .service, now: now, chance: 0) != .admit)
    }

    @Test func `system calls pass, batch calls are refused first`() {
        var simulation = Simulation()
        _ = simulation.run(.seconds(2), rate: 0.5)
        let outcome = simulation.run(.seconds(20), rate: 5, batch: 0.3, system: 0.01)
        #expect(outcome.shed[.system] == nil)
        func refused(_ priority: CallPriority) -> Double {
            Double(outcome.shed[priority, default: 0]) / Double(outcome.arrived[priority, default: 1])
        }
        #expect(refused(.batch) > 0.98)
        #expect(refused(.normal) < 0.8)
    }

    @Test func `batch calls alone keep to their share`() {
        var configuration = AdmissionController.Configuration()
        configuration.inFlightInitial = 100
        var controller = AdmissionController(configuration)
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let admitted = (0..<100).count { _ in
            controller.callArrived(.batch, of: .service, now: now, chance: 0) == .admit
        }
        #expect(admitted == 50)
        #expect(controller.callArrived(.normal, of: .service, now: now, chance: 0) == .admit)
    }

    @Test func `system calls are bounded too`() {
        var controller = AdmissionController()
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let admitted = (0..<100).count { _ in
            controller.callArrived(.system, of: .service, now: now, chance: 0) == .admit
        }
        #expect(admitted == 64)
        #expect(controller.callArrived(.normal, of: .service, now: now, chance: 0) == .admit)
    }

    @Test func `the retry delay grows with the load and is spread`() throws {
        var light = Simulation()
        var heavy = Simulation()
        _ = light.run(.seconds(5), rate: 1.5)
        _ = heavy.run(.seconds(5), rate: 8)
        let few = light.run(.seconds(5), rate: 1.5).retryDelays
        let many = heavy.run(.seconds(5), rate: 8).retryDelays
        let mean = { (delays: [Duration]) in delays.reduce(.zero, +) / max(1, delays.count) }
        #expect(mean(many) > mean(few) * 2)
        #expect(try #require(many.min()) * 2 < (try #require(many.max())))
        #expect(try #require(few.min()) >= .milliseconds(50))
    }

    @Test func `calls that fail at once do not hide a queue`() {
        var controller = AdmissionController()
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        // What it takes without a queue, then a queue of 200 ms, with errors between.
        for latency in [2, 2, 2, 2, 2] + [Int](repeating: 200, count: 40) {
            let admitted = (0..<20).count { _ in
                controller.callArrived(.normal, of: .service, now: now, chance: 0) == .admit
            }
            now = now + .milliseconds(Int64(latency))
            for index in 0..<admitted {
                let measured: Duration? = index.isMultiple(of: 2) ? .milliseconds(latency) : nil
                controller.callEnded(.normal, of: .service, method: 0, latency: measured, now: now)
            }
        }
        #expect(controller.limit < 50)
    }

    @Test func `no order of events breaks the count or leaves the range`() {
        var random = SystemlessRandom(state: 99)
        var configuration = AdmissionController.Configuration()
        configuration.inFlightMin = 4
        configuration.inFlightInitial = 8
        configuration.inFlightMax = 64
        for _ in 0..<10 {
            var controller = AdmissionController(configuration)
            var now = NIODeadline.uptimeNanoseconds(1)
            var running: [CallPriority] = []
            for _ in 0..<2_000 {
                now = now + .microseconds(Int64(random.fraction() * 20_000))
                if random.fraction() < 0.55 {
                    let priority = CallPriority.allCases[Int(random.fraction() * 3)]
                    if controller.callArrived(priority, of: .service, now: now, chance: random.fraction()) == .admit {
                        running.append(priority)
                    }
                } else if !running.isEmpty {
                    let priority = running.remove(at: Int(random.fraction() * Double(running.count)))
                    let measured = Duration.microseconds(Int64(random.fraction() * 1e6))
                    let latency = random.fraction() < 0.1 ? nil : measured
                    controller.callEnded(
                        priority,
                        of: .service,
                        method: Int(random.fraction() * 3),
                        latency: latency,
                        now: now
                    )
                }
                #expect((4...64).contains(controller.limit))
                for priority in CallPriority.allCases {
                    #expect(controller.inFlightCount(priority) == running.count { $0 == priority })
                }
            }
        }
    }

    // MARK: Callers

    private static let heavy = Flow(.caller, "heavy")
    private static let modest = Flow(.caller, "modest")

    @Test func `a caller alone leaves the last tenth to the next one`() {
        var controller = AdmissionController()
        let now = NIODeadline.uptimeNanoseconds(1)
        let admitted = (0..<300).count { _ in
            controller.callArrived(.normal, of: Self.heavy, now: now, chance: 0) == .admit
        }
        #expect(admitted == 256 - 25)
        #expect(controller.callArrived(.normal, of: Self.modest, now: now, chance: 0) == .admit)
        // Those of the service itself are bounded by the bound alone.
        #expect(controller.callArrived(.normal, of: .service, now: now, chance: 0) == .admit)
    }

    @Test func `beside others a caller has as many calls in flight as places are left`() {
        var controller = AdmissionController()
        let now = NIODeadline.uptimeNanoseconds(1)
        #expect(controller.callArrived(.normal, of: Self.modest, now: now, chance: 0) == .admit)
        let admitted = (0..<300).count { _ in
            controller.callArrived(.normal, of: Self.heavy, now: now, chance: 0) == .admit
        }
        #expect(admitted == 128)
        let others = (0..<300).count { _ in
            controller.callArrived(.normal, of: Self.modest, now: now, chance: 0) == .admit
        }
        #expect(others == 63)
        // After ten seconds without the other, a caller is alone again.
        for _ in 0..<64 {
            controller.callEnded(.normal, of: Self.modest, method: 0, latency: nil, now: now)
        }
        let later = now + .seconds(11)
        let more = (0..<300).count { _ in
            controller.callArrived(.normal, of: Self.heavy, now: later, chance: 0) == .admit
        }
        #expect(admitted + more == 256 - 25)
    }

    @Test(arguments: [20, 256])
    func `a bound that fell below what one caller has in flight keeps no other caller out`(inFlight: Int) {
        var configuration = AdmissionController.Configuration()
        (configuration.inFlightInitial, configuration.inFlightMin) = (inFlight, 16)
        var controller = AdmissionController(configuration)
        let start = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<5 { _ = controller.callArrived(.normal, of: Self.heavy, now: start, chance: 0) }
        for _ in 0..<5 {
            controller.callEnded(.normal, of: Self.heavy, method: 0, latency: .milliseconds(1), now: start)
        }
        let admitted = (0..<300).count { _ in
            controller.callArrived(.normal, of: Self.heavy, now: start + .milliseconds(30), chance: 0) == .admit
        }
        #expect(admitted == inFlight - inFlight / 10)
        // All of them take two seconds.
        let later = start + .milliseconds(2_030)
        for _ in 0..<5 {
            controller.callEnded(.normal, of: Self.heavy, method: 0, latency: .seconds(2), now: later)
            _ = controller.callArrived(.normal, of: Self.heavy, now: later, chance: 0)
        }
        let next = later + .milliseconds(30)
        #expect(controller.callArrived(.normal, of: Self.heavy, now: next, chance: 0) != .admit)
        #expect(controller.limit == 16)
        for _ in 0..<AdmissionController.ownPlaces {
            #expect(controller.callArrived(.normal, of: Self.modest, now: next, chance: 0) == .admit)
        }
        #expect(controller.callArrived(.normal, of: Self.heavy, now: next, chance: 0) != .admit)
        // As many callers as the bound have such places, those two among them.
        let others = (0..<100).count { number in
            controller.callArrived(.normal, of: Flow(.caller, "other \(number)"), now: next, chance: 0) == .admit
        }
        #expect(others == controller.limit - 2)
    }
}
