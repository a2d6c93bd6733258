package import LikenessScheduling
package import NIOCore

/// How much a call matters when not all can be served.
package enum CallPriority: Sendable, Hashable, CaseIterable {
    /// Health, reflection and administration: never behind the others.
    case system
    case normal
    /// The caller says that it can wait: refused first, and never more than a share of what runs.
    case batch
}

/// Calls that run, by priority. Looked at several times a call, so no dictionary.
private struct InFlight {
    private var system = 0
    private var normal = 0
    private var batch = 0

    subscript(priority: CallPriority) -> Int {
        get {
            switch priority {
            case .system: self.system
            case .normal: self.normal
            case .batch: self.batch
            }
        }
        set {
            switch priority {
            case .system: self.system = newValue
            case .normal: self.normal = newValue
            case .batch: self.batch = newValue
            }
        }
    }
}

/// Decides which calls may start, so that those that do are answered in time. Pure: time and chance are passed in.
///
/// It bounds the calls in flight and adapts the bound to what it sees: the shortest time that any call of a method took
/// within an interval, less the shortest it ever takes. A burst leaves that excess small, since someone is always served
/// at once; a queue that stands does not. By Little's law the bound that keeps the excess at the target is the calls in
/// flight times wanted by seen latency. Only calls that arrived under the present bound are judged: those before waited
/// in a queue that the present bound no longer lets in.
///
/// What the bound leaves is shared between callers: beside others a caller may have as many calls in flight as places are
/// left, and alone all but the last tenth, so that the next caller finds a place.
///
/// - SeeAlso: `docs/decisions/admission-by-standing-delay.md`, `docs/decisions/fair-shares.md`.
package struct AdmissionController: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// The delay that a standing queue may cause.
        package var delayTarget = Duration.milliseconds(50)
        /// How often the bound changes at most.
        package var interval = Duration.milliseconds(20)
        /// The bound never falls below this.
        package var inFlightMin = 16
        /// The bound before anything was seen.
        package var inFlightInitial = 256
        /// The bound never grows beyond this.
        package var inFlightMax = 4_096
        /// System calls at once; they do not count among the others.
        package var systemInFlightMax = 64
        /// The part of the bound that batch calls may fill.
        package var batchShare = 0.5
        /// The shortest latency of a method is remembered this long, and as long again.
        package var baseTime = Duration.seconds(30)
        /// How long after another caller's last call a caller counts as not alone.
        package var otherCallersTime = Duration.seconds(10)

        package init() {}
    }

    package enum Decision: Sendable, Hashable {
        case admit
        case shed(retryAfter: Duration)
    }

    private let configuration: Configuration
    /// Calls other than system calls that may run at once.
    package private(set) var limit: Int
    private var inFlight = InFlight()
    /// Calls in flight of each caller that has any.
    private var inFlightOfCaller: [Flow: Int] = [:]
    private var recentCallers = RecentFlows()
    private var methods: [MethodLatency] = []
    private var intervalEnd: NIODeadline?
    private var limitSince = NIODeadline.uptimeNanoseconds(0)
    private var baseEnd: NIODeadline?
    private var peakInFlight = 0
    private var admitted = 0
    private var shed = 0
    /// A caller's share, not the bound, kept a call out in this interval.
    private var heldBack = false
    /// Refused for every admitted call in the last interval.
    private var pressure = 0.0
    /// A method with fewer answers in an interval says nothing yet.
    static let samplesMin = 5

    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        self.limit = min(max(configuration.inFlightInitial, configuration.inFlightMin), configuration.inFlightMax)
    }

    package func inFlightCount(_ priority: CallPriority) -> Int { self.inFlight[priority] }

    /// A call wants to start.
    ///
    /// - Parameter chance: 0..<1, so that callers that are refused together do not return together. Asked for only then:
    ///   it costs a system call.
    package mutating func callArrived(
        _ priority: CallPriority,
        of flow: Flow,
        now: NIODeadline,
        chance: @autoclosure () -> Double
    ) -> Decision {
        self.advance(now: now)
        guard self.mayStart(priority, of: flow, now: now) else {
            self.shed += 1
            return .shed(retryAfter: self.retryDelay(chance: chance()))
        }
        self.inFlight[priority] += 1
        if flow.class == .caller { self.inFlightOfCaller[flow, default: 0] += 1 }
        self.peakInFlight = max(self.peakInFlight, self.competing)
        self.admitted += 1
        return .admit
    }

    /// The handler of an admitted call has returned.
    ///
    /// - Parameters:
    ///   - method: A small number that is the method's own.
    ///   - latency: From arrival to the handler's return; `nil` when it says nothing about load, as that of a failed call.
    package mutating func callEnded(
        _ priority: CallPriority,
        of flow: Flow,
        method: Int,
        latency: Duration?,
        now: NIODeadline
    ) {
        let left = self.inFlight[priority] - 1
        precondition(left >= 0, "a call ends once")
        self.inFlight[priority] = left
        if flow.class == .caller {
            let leftOfCaller = self.inFlightOfCaller[flow, default: 0] - 1
            precondition(leftOfCaller >= 0, "a call ends for the caller it began for")
            self.inFlightOfCaller[flow] = leftOfCaller > 0 ? leftOfCaller : nil
        }
        if let latency, priority != .system {
            while self.methods.count <= method { self.methods.append(MethodLatency()) }
            self.methods[method].add(latency, judged: now - TimeAmount(latency) >= self.limitSince)
        }
        self.advance(now: now)
    }

    // MARK: Room

    private var competing: Int { self.inFlight[.normal] + self.inFlight[.batch] }

    private func hasRoom(_ priority: CallPriority) -> Bool {
        switch priority {
        case .system: self.inFlight[.system] < self.configuration.systemInFlightMax
        case .normal: self.competing < self.limit
        // The last tenth is kept for those that cannot wait.
        case .batch:
            self.competing < self.limit - max(1, self.limit / 10)
                && Double(self.inFlight[.batch]) < Double(self.limit) * self.configuration.batchShare
        }
    }

    /// Calls of each caller that the calls of others do not keep out, as long as no more callers than the bound have any: the bound may
    /// have fallen far below what one of them has in flight already.
    package static let ownPlaces = 2

    private mutating func mayStart(_ priority: CallPriority, of flow: Flow, now: NIODeadline) -> Bool {
        guard flow.class == .caller else { return self.hasRoom(priority) }
        let time = Int64(clamping: now.uptimeNanoseconds)
        self.recentCallers.saw(flow, at: time)
        let seen = self.recentCallers.lastSeen(otherThan: flow)
        let hasOthers = seen.map { .nanoseconds(time - $0) < self.configuration.otherCallersTime } ?? false
        let inFlight = self.inFlightOfCaller[flow, default: 0]
        let callers = self.inFlightOfCaller.count + (inFlight == 0 ? 1 : 0)
        if hasOthers, priority == .normal, inFlight < Self.ownPlaces, callers <= self.limit { return true }
        let share = hasOthers ? self.limit - self.competing : self.limit - self.limit / 10
        guard inFlight < share else {
            self.heldBack = true
            return false
        }
        return self.hasRoom(priority)
    }

    /// Twice the target at the least, longer the more are refused, and spread over ± 50 %.
    private func retryDelay(chance: Double) -> Duration {
        self.configuration.delayTarget * 2 * (1 + min(self.pressure, 20)) * (0.5 + chance)
    }

    // MARK: The bound

    private mutating func advance(now: NIODeadline) {
        guard let intervalEnd else {
            self.intervalEnd = now + TimeAmount(self.configuration.interval)
            self.baseEnd = now + TimeAmount(self.configuration.baseTime)
            return
        }
        guard now >= intervalEnd else { return }
        let limitBefore = self.limit
        self.adapt()
        if let baseEnd, now >= baseEnd {
            self.baseEnd = now + TimeAmount(self.configuration.baseTime)
            for index in self.methods.indices { self.methods[index].forgetOldest() }
            // While a queue stands no call sees the shortest latency: let it shrink for a moment.
            if self.shed > 0 { self.limit = max(self.configuration.inFlightMin, self.limit / 2) }
        }
        if self.limit != limitBefore { self.limitSince = now }
        self.intervalEnd = now + TimeAmount(self.configuration.interval)
        self.pressure = Double(self.shed) / Double(max(1, self.admitted))
        self.peakInFlight = self.competing
        self.admitted = 0
        self.shed = 0
        self.heldBack = false
    }

    private mutating func adapt() {
        var worst: (excess: Duration, seen: Duration)?
        for index in self.methods.indices {
            guard let sample = self.methods[index].takeInterval() else { continue }
            if worst.map({ $0.excess < sample.excess }) ?? true { worst = sample }
        }
        guard let worst else { return }
        let target = self.configuration.delayTarget
        if worst.excess > target {
            let wanted = (worst.seen - worst.excess + target) / worst.seen
            let fitting = Int(Double(min(self.peakInFlight, self.limit)) * wanted)
            self.limit = min(self.limit, max(fitting, self.configuration.inFlightMin))
        } else if worst.excess < target / 2,
            self.heldBack || self.peakInFlight >= self.limit - max(1, self.limit / 10)
        {
            self.limit = min(self.configuration.inFlightMax, self.limit + max(1, self.limit / 10))
        }
    }
}

/// The latencies of one method: its shortest, and the shortest of this interval.
private struct MethodLatency: Sendable {
    private var count = 0
    private var shortest = Duration.zero
    private var baseNow: Duration?
    private var baseBefore: Duration?

    mutating func add(_ latency: Duration, judged: Bool) {
        self.baseNow = min(self.baseNow ?? latency, latency)
        guard judged else { return }
        self.shortest = self.count == 0 ? latency : min(self.shortest, latency)
        self.count += 1
    }

    mutating func takeInterval() -> (excess: Duration, seen: Duration)? {
        guard self.count >= AdmissionController.samplesMin, let baseNow else { return nil }
        self.count = 0
        return (self.shortest - min(baseNow, self.baseBefore ?? baseNow), self.shortest)
    }

    mutating func forgetOldest() {
        self.baseBefore = self.baseNow
        self.baseNow = nil
    }
}
