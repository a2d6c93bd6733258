internal import LikenessScheduling

/// Decides who gets which connection. Holds no connection, no clock and no continuation.
///
/// A free connection goes to administration and health first, then to the flow that has used the least time of connections;
/// see `PoolShares`. Within a flow the first comes first.
struct PoolStateMachine {
    typealias Instant = Moment
    typealias ConnectionID = Int
    typealias WaiterID = Int

    enum Refusal: Equatable {
        case exhausted(waited: Duration)
        case down
        case closed
    }

    enum OnAcquire: Equatable {
        case lend(ConnectionID, mustCheck: Bool)
        case wait(WaiterID)
        case refuse(Refusal)
    }

    enum Action: Equatable {
        case lend(ConnectionID, to: WaiterID)
        case refuse(WaiterID, Refusal)
        case connect(ConnectionID)
        case close(ConnectionID)
        /// The pool was shut down, and its last connection is gone.
        case drained
    }

    private enum Slot {
        case connecting
        case idle
        case busy(expiresAt: Instant, PoolShares.Loan)
    }

    private struct Idle {
        let id: ConnectionID
        let since: Instant
        let expiresAt: Instant
        /// When it has been unused for too long, or expires: kept, because every event asks for the earliest.
        let endsAt: Instant
    }

    private struct Waiter {
        let id: WaiterID
        let flow: FlowTable.Index
        let since: Instant
        let deadline: Instant
        /// Its own deadline comes before the end of what any request waits.
        let isHurried: Bool
    }

    /// What the last attempt to connect showed.
    private enum Health {
        case up
        /// One attempt at a time, none before `retryAt`. Next: `up` when one succeeds.
        case failing(since: Instant, attempts: Int, retryAt: Instant)
    }

    private enum Stage {
        case open
        /// No request is served any more; connections close as they come back. Next: `drained`.
        case closing
        case drained
    }

    let configuration: PoolConfiguration
    private var slots: [ConnectionID: Slot] = [:]
    /// Unused connections, the one used last at the end: it is lent first, so that surplus ones grow old.
    private var idle: [Idle] = []
    /// In the order in which they came.
    private var waiters: [Waiter] = []
    private var shares: PoolShares
    /// When the last event was.
    private var now = Instant(nanoseconds: 0)
    private var health = Health.up
    private var stage = Stage.open
    private var connectingCount = 0
    private var nextConnection: ConnectionID = 1
    private var nextWaiter: WaiterID = 1
    private var totals = PoolStatistics()
    var times = PoolTimes()

    init(configuration: PoolConfiguration) {
        self.configuration = configuration
        self.shares = PoolShares(configuration: configuration)
    }

    var statistics: PoolStatistics {
        var statistics = self.totals
        statistics.idle = self.idle.count
        statistics.connecting = self.connectingCount
        statistics.busy = self.slots.count - self.idle.count - self.connectingCount
        statistics.waiting = self.waiters.count
        statistics.connectionsMax = self.configuration.connectionsMax
        statistics.isDown = self.isDown
        return statistics
    }

    /// No connection is open, and the last attempt to open one failed.
    private var isDown: Bool {
        if case .failing = self.health { return self.slots.count == self.connectingCount }
        return false
    }

    // MARK: Events

    mutating func acquireWanted(for flow: Flow, now: Instant, deadline: Instant?) -> (OnAcquire, [Action]) {
        self.acquire(for: flow, now: now, since: now, deadline: deadline, isFirst: false)
    }

    /// A connection that was lent to be checked turned out dead; who wanted it goes first of its flow.
    mutating func checkFailed(
        _ id: ConnectionID,
        now: Instant,
        since: Instant,
        deadline: Instant?
    ) -> (OnAcquire, [Action]) {
        guard case .busy(_, let loan) = self.slots.removeValue(forKey: id) else {
            preconditionFailure("connection \(id) is checked but not lent")
        }
        let flow = self.shares.returned(loan, now: now)
        self.totals.closedBroken += 1
        self.totals.acquired -= 1
        let (answer, actions) = self.acquire(for: flow, now: now, since: since, deadline: deadline, isFirst: true)
        // Also for those who wait already: a place is free.
        return (answer, actions + self.connectIfWanted(now: now) + self.drainedIfEmpty())
    }

    private mutating func acquire(
        for flow: Flow,
        now: Instant,
        since: Instant,
        deadline: Instant?,
        isFirst: Bool
    ) -> (OnAcquire, [Action]) {
        self.now = now
        guard case .open = self.stage else {
            self.totals.refusedClosed += 1
            return (.refuse(.closed), [])
        }
        let index = self.shares.arrived(flow, now: now)
        // An idle connection means that no waiter may have it: its flow holds its share.
        if self.shares.mayHold(index, now: now), let idle = self.idle.popLast() {
            self.slots[idle.id] = .busy(expiresAt: idle.expiresAt, self.shares.lent(to: index, now: now))
            self.totals.acquired += 1
            self.times.wait.observe(from: since, to: now)
            let mustCheck = idle.since.duration(to: now) >= self.configuration.checkAfterIdle
            return (.lend(idle.id, mustCheck: mustCheck), [])
        }
        if self.mustFailFast(now: now) {
            self.shares.gaveUp(index)
            self.totals.refusedDown += 1
            return (.refuse(.down), [])
        }
        guard self.shares.mayWait(index, placesLeft: self.configuration.waitersMax - self.waiters.count) else {
            self.shares.gaveUp(index)
            self.totals.refusedExhausted += 1
            self.totals.refusedFull += 1
            return (.refuse(.exhausted(waited: .zero)), [])
        }
        let latest = since + self.configuration.acquireTimeout
        let waiter = Waiter(
            id: self.nextWaiter,
            flow: index,
            since: since,
            deadline: deadline.map { min($0, latest) } ?? latest,
            isHurried: deadline.map { $0 < latest } ?? false
        )
        self.nextWaiter += 1
        self.shares.waits(index)
        if isFirst { self.waiters.insert(waiter, at: 0) } else { self.waiters.append(waiter) }
        return (.wait(waiter.id), self.connectIfWanted(now: now))
    }

    /// False: the waiter was served or refused already.
    mutating func waiterCancelled(_ id: WaiterID) -> Bool {
        guard let index = self.waiters.firstIndex(where: { $0.id == id }) else { return false }
        self.waitEnded(self.waiters.remove(at: index))
        self.totals.cancelled += 1
        return true
    }

    private mutating func waitEnded(_ waiter: Waiter) {
        self.shares.waitEnded(waiter.flow)
        self.shares.gaveUp(waiter.flow)
    }

    /// Ends all waits at once.
    private mutating func refuseAll(_ refusal: Refusal) -> [Action] {
        for waiter in self.waiters { self.waitEnded(waiter) }
        defer { self.waiters.removeAll() }
        return self.waiters.map { .refuse($0.id, refusal) }
    }

    /// - Parameter jitter: -1...1, spreads the end of the connection's life.
    mutating func connected(_ id: ConnectionID, now: Instant, jitter: Double) -> [Action] {
        guard case .connecting = self.slots[id] else { return [.close(id)] }
        self.connectingCount -= 1
        self.totals.opened += 1
        self.health = .up
        let expiresAt = now + self.configuration.lifetime * (1 + 0.1 * jitter)
        return self.serve(id, now: now, expiresAt: expiresAt) + self.connectIfWanted(now: now)
    }

    /// - Parameter jitter: 0...1, shortens the wait before the next attempt.
    mutating func connectFailed(_ id: ConnectionID, now: Instant, jitter: Double) -> [Action] {
        guard case .connecting = self.slots.removeValue(forKey: id) else { return [] }
        self.connectingCount -= 1
        self.totals.openFailed += 1
        switch self.health {
        case .up:
            self.health = .failing(since: now, attempts: 1, retryAt: now + self.backoff(attempts: 1, jitter: jitter))
        case .failing(let since, let attempts, let retryAt):
            // Attempts that were under way together count as one.
            if self.connectingCount > 0 { break }
            let next = retryAt <= now ? attempts + 1 : attempts
            self.health = .failing(
                since: since,
                attempts: next,
                retryAt: max(retryAt, now + self.backoff(attempts: next, jitter: jitter))
            )
        }
        var actions: [Action] = []
        if self.mustFailFast(now: now) {
            self.totals.refusedDown += UInt64(self.waiters.count)
            actions += self.refuseAll(.down)
        }
        return actions + self.drainedIfEmpty()
    }

    mutating func released(_ id: ConnectionID, isReusable: Bool, now: Instant) -> [Action] {
        guard case .busy(let expiresAt, let loan) = self.slots[id] else { return [] }
        self.times.use.observe(from: loan.since, to: now)
        _ = self.shares.returned(loan, now: now)
        if isReusable, expiresAt > now { return self.serve(id, now: now, expiresAt: expiresAt) }
        self.slots[id] = nil
        if isReusable { self.totals.closedOld += 1 } else { self.totals.closedBroken += 1 }
        return [.close(id)] + self.connectIfWanted(now: now) + self.drainedIfEmpty()
    }

    /// A connection closed by itself. One that is lent is dealt with when it comes back.
    mutating func lost(_ id: ConnectionID) -> [Action] {
        guard case .idle = self.slots[id] else { return [] }
        self.slots[id] = nil
        self.idle.removeAll { $0.id == id }
        self.totals.closedBroken += 1
        return [.close(id)] + self.drainedIfEmpty()
    }

    mutating func timerFired(now: Instant) -> [Action] {
        self.now = now
        var actions: [Action] = []
        let refusal = self.isDown || self.slots.count == self.connectingCount
        for waiter in self.waiters where waiter.deadline <= now {
            self.waitEnded(waiter)
            if !refusal, waiter.isHurried { self.totals.refusedDeadline += 1 }
            // With nothing open after so long a wait the database is as good as down.
            actions.append(.refuse(waiter.id, refusal ? .down : .exhausted(waited: waiter.since.duration(to: now))))
        }
        self.waiters.removeAll { $0.deadline <= now }
        if refusal {
            self.totals.refusedDown += UInt64(actions.count)
        } else {
            self.totals.refusedExhausted += UInt64(actions.count)
        }
        for idle in self.idle where idle.endsAt <= now {
            if idle.since + self.configuration.idleTime <= now {
                self.totals.closedIdle += 1
            } else {
                self.totals.closedOld += 1
            }
            self.slots[idle.id] = nil
            actions.append(.close(idle.id))
        }
        self.idle.removeAll { $0.endsAt <= now }
        // A caller's share grows when the others have been silent for long enough.
        while let idle = self.idle.last, let lent = self.lendToWaiter(idle.id, now: now, expiresAt: idle.expiresAt) {
            self.idle.removeLast()
            actions.append(lent)
        }
        return actions + self.connectIfWanted(now: now)
    }

    /// When `timerFired` should be called next.
    var nextTimer: Instant? {
        var next: Instant?
        func consider(_ instant: Instant) { next = min(next ?? instant, instant) }
        for waiter in self.waiters {
            consider(waiter.deadline)
            if let growth = self.shares.growth(of: waiter.flow), growth > self.now { consider(growth) }
        }
        for idle in self.idle { consider(idle.endsAt) }
        if case .open = self.stage, self.connectingCount == 0, case .failing(_, _, let retryAt) = self.health {
            consider(retryAt)
        }
        return next
    }

    mutating func shutDown() -> [Action] {
        guard case .open = self.stage else { return [] }
        self.stage = .closing
        self.totals.refusedClosed += UInt64(self.waiters.count)
        var actions = self.refuseAll(.closed)
        for idle in self.idle {
            self.slots[idle.id] = nil
            actions.append(.close(idle.id))
        }
        self.idle.removeAll()
        return actions + self.drainedIfEmpty()
    }

    // MARK: Rules

    /// Gives a free connection to the waiter whose turn it is, or puts it aside.
    private mutating func serve(_ id: ConnectionID, now: Instant, expiresAt: Instant) -> [Action] {
        self.now = now
        guard case .open = self.stage else {
            self.slots[id] = nil
            return [.close(id)] + self.drainedIfEmpty()
        }
        if let lent = self.lendToWaiter(id, now: now, expiresAt: expiresAt) { return [lent] }
        self.slots[id] = .idle
        let endsAt = min(now + self.configuration.idleTime, expiresAt)
        self.idle.append(Idle(id: id, since: now, expiresAt: expiresAt, endsAt: endsAt))
        return []
    }

    /// - Returns: `nil` when none waits that may hold another.
    private mutating func lendToWaiter(_ id: ConnectionID, now: Instant, expiresAt: Instant) -> Action? {
        guard let place = self.nextWaiter(now: now) else { return nil }
        let waiter = self.waiters.remove(at: place)
        self.shares.waitEnded(waiter.flow)
        self.slots[id] = .busy(expiresAt: expiresAt, self.shares.lent(to: waiter.flow, now: now))
        self.totals.acquired += 1
        self.totals.acquiredAfterWait += 1
        self.totals.waited += waiter.since.duration(to: now)
        self.times.wait.observe(from: waiter.since, to: now)
        return .lend(id, to: waiter.id)
    }

    private func nextWaiter(now: Instant) -> Int? {
        var best: (place: Int, rank: PoolShares.Rank)?
        for (place, waiter) in self.waiters.enumerated() where self.shares.mayHold(waiter.flow, now: now) {
            let rank = self.shares.rank(waiter.flow, now: now)
            if best.map({ rank < $0.rank }) ?? true { best = (place, rank) }
        }
        return best?.place
    }

    private mutating func connectIfWanted(now: Instant) -> [Action] {
        guard case .open = self.stage else { return [] }
        var wanted = min(
            self.configuration.connectionsMax - self.slots.count,
            self.waiters.isEmpty ? 0 : self.shares.wanted(now: now) - self.connectingCount
        )
        if case .failing(_, _, let retryAt) = self.health {
            // One probe, also while no caller waits: recovery is then noticed before the next caller.
            let isDue = self.connectingCount == 0 && retryAt <= now
            wanted = isDue && self.slots.count < self.configuration.connectionsMax ? 1 : 0
        }
        guard wanted > 0 else { return [] }
        return (0..<wanted).map { _ in
            defer { self.nextConnection += 1 }
            self.slots[self.nextConnection] = .connecting
            self.connectingCount += 1
            return .connect(self.nextConnection)
        }
    }

    /// The database has been down for some time, and no attempt to connect is due.
    private func mustFailFast(now: Instant) -> Bool {
        guard self.isDown, case .failing(let since, _, _) = self.health else { return false }
        return since + self.configuration.failFastAfter <= now
    }

    private func backoff(attempts: Int, jitter: Double) -> Duration {
        let doubled = self.configuration.backoffFirst * Double(1 << min(attempts - 1, 16))
        return min(doubled, self.configuration.backoffMax) * (1 - 0.2 * jitter)
    }

    private mutating func drainedIfEmpty() -> [Action] {
        guard case .closing = self.stage, self.slots.isEmpty else { return [] }
        self.stage = .drained
        return [.drained]
    }
}
