/// The addresses of one endpoint's host: what is known, and when to ask again. Pure: time is passed in.
struct NameMachine {
    struct Change: Equatable {
        var added: [String] = []
        var removed: [String] = []
    }

    private enum State {
        case resting(dueAt: ContinuousClock.Instant)
        case asking
        case closed
    }

    /// The least time between two questions, however often connections fail.
    static let intervalMin = Duration.seconds(1)

    private let interval: Duration
    private var state: State
    private var askedAt: ContinuousClock.Instant?
    /// In the order of the last answer.
    private(set) var addresses: [String] = []
    /// Why the last question was not answered.
    private(set) var failure: String?

    init(interval: Duration, now: ContinuousClock.Instant) {
        self.interval = max(interval, Self.intervalMin)
        self.state = .resting(dueAt: now)
    }

    var isAsking: Bool { if case .asking = self.state { true } else { false } }

    /// When it will ask again; `nil` while it asks and when it never will.
    var dueAt: ContinuousClock.Instant? { if case .resting(let dueAt) = self.state { dueAt } else { nil } }

    /// A call is about to be made.
    ///
    /// - Returns: Whether to ask now.
    mutating func isDue(now: ContinuousClock.Instant) -> Bool {
        guard case .resting(let dueAt) = self.state, dueAt <= now else { return false }
        self.state = .asking
        self.askedAt = now
        return true
    }

    /// A connection could not be made, or was lost: the host may have moved.
    mutating func connectionFailed(now: ContinuousClock.Instant) {
        guard case .resting(let dueAt) = self.state else { return }
        self.state = .resting(dueAt: min(dueAt, max(now, (self.askedAt ?? now) + Self.intervalMin)))
    }

    /// - Parameter addresses: None is as good as no answer: what is known stays.
    mutating func answered(_ addresses: [String], now: ContinuousClock.Instant) -> Change {
        guard case .asking = self.state else { return Change() }
        guard !addresses.isEmpty else {
            self.failed("it has no address", now: now)
            return Change()
        }
        self.state = .resting(dueAt: now + self.interval)
        self.failure = nil
        var seen: Set<String> = []
        let unique = addresses.filter { seen.insert($0).inserted }
        let old = Set(self.addresses)
        let change = Change(
            added: unique.filter { !old.contains($0) },
            removed: self.addresses.filter { !seen.contains($0) }
        )
        self.addresses = unique
        return change
    }

    /// There was no answer: what is known stays.
    mutating func failed(_ reason: String, now: ContinuousClock.Instant) {
        guard case .asking = self.state else { return }
        self.failure = reason
        self.state = .resting(dueAt: now + (self.addresses.isEmpty ? Self.intervalMin : self.interval))
    }

    mutating func close() { self.state = .closed }
}
