import LikenessScheduling
import Testing

@testable import LikenessPostgres

/// The pool's decisions, without a database and with time made up.
struct PoolStateMachineTests {
    typealias Machine = PoolStateMachine
    private let start = Moment.now

    private func machine(_ change: (inout PoolConfiguration) -> Void = { _ in }) -> Machine {
        var configuration = PoolConfiguration()
        configuration.connectionsMax = 2
        change(&configuration)
        return Machine(configuration: configuration)
    }

    private func at(_ seconds: Double) -> Moment { self.start + .seconds(seconds) }

    /// Opens a connection and gives it to one borrower.
    private func borrowFirst(_ machine: inout Machine) {
        let (answer, actions) = machine.acquireWanted(for: .service, now: self.start, deadline: nil)
        #expect(answer == .wait(1))
        #expect(actions == [.connect(1)])
        #expect(machine.connected(1, now: self.start, jitter: 0) == [.lend(1, to: 1)])
    }

    @Test func `a connection is opened on demand, lent, parked and lent again`() {
        var machine = self.machine()
        self.borrowFirst(&machine)
        #expect(machine.released(1, isReusable: true, now: self.at(1)) == [])
        #expect(machine.nextTimer == self.at(31))
        let (fresh, _) = machine.acquireWanted(for: .service, now: self.at(1.5), deadline: nil)
        #expect(fresh == .lend(1, mustCheck: false))
        #expect(machine.released(1, isReusable: true, now: self.at(2)) == [])
        let (stale, _) = machine.acquireWanted(for: .service, now: self.at(3), deadline: nil)
        #expect(stale == .lend(1, mustCheck: true))
        #expect(machine.statistics.acquired == 3 && machine.statistics.acquiredAfterWait == 1)
    }

    @Test func `waiters are served in their order, and never more connections than allowed`() {
        var machine = self.machine()
        self.borrowFirst(&machine)
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.wait(2), [.connect(2)]))
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.wait(3), []))
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.wait(4), []))
        #expect(machine.released(1, isReusable: true, now: self.start) == [.lend(1, to: 2)])
        #expect(machine.connected(2, now: self.start, jitter: 0) == [.lend(2, to: 3)])
        // A broken one is replaced for whoever still waits.
        #expect(machine.released(1, isReusable: false, now: self.start) == [.close(1), .connect(3)])
        #expect(machine.connected(3, now: self.start, jitter: 0) == [.lend(3, to: 4)])
    }

    @Test func `a waiter gives up at its deadline, at the pool's limit, or when it is cancelled`() {
        var machine = self.machine { $0.connectionsMax = 1 }
        self.borrowFirst(&machine)
        _ = machine.acquireWanted(for: .service, now: self.start, deadline: self.at(0.5))
        _ = machine.acquireWanted(for: .service, now: self.start, deadline: self.at(60))
        _ = machine.acquireWanted(for: .service, now: self.start, deadline: nil)
        #expect(machine.nextTimer == self.at(0.5))
        #expect(machine.timerFired(now: self.at(0.5)) == [.refuse(2, .exhausted(waited: .seconds(0.5)))])
        #expect(machine.waiterCancelled(3) == true)
        #expect(machine.waiterCancelled(3) == false)
        #expect(machine.nextTimer == self.at(2))
        #expect(machine.timerFired(now: self.at(2)) == [.refuse(4, .exhausted(waited: .seconds(2)))])
        #expect(machine.statistics.refusedExhausted == 2 && machine.statistics.cancelled == 1)
        #expect(machine.statistics.refusedDeadline == 1 && machine.statistics.refusedFull == 0)
        #expect(machine.released(1, isReusable: true, now: self.at(2)) == [])
    }

    @Test func `a full queue refuses at once`() {
        var machine = self.machine {
            $0.connectionsMax = 1
            $0.waitersMax = 1
        }
        self.borrowFirst(&machine)
        _ = machine.acquireWanted(for: .service, now: self.start, deadline: nil)
        #expect(
            machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (
                .refuse(.exhausted(waited: .zero)), []
            )
        )
    }

    @Test func `a database that is down is tried with growing pauses, and after a second callers hear it at once`() {
        var machine = self.machine()
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.wait(1), [.connect(1)]))
        #expect(machine.connectFailed(1, now: self.at(0), jitter: 0) == [])
        #expect(machine.statistics.isDown)
        #expect(machine.nextTimer == self.at(0.5))
        // Within the first second people wait.
        #expect(machine.acquireWanted(for: .service, now: self.at(0.2), deadline: nil) == (.wait(2), []))
        #expect(machine.timerFired(now: self.at(0.5)) == [.connect(2)])
        #expect(machine.timerFired(now: self.at(0.6)) == [])
        #expect(machine.connectFailed(2, now: self.at(0.6), jitter: 0) == [])
        #expect(machine.timerFired(now: self.at(1.6)) == [.connect(3)])
        #expect(machine.connectFailed(3, now: self.at(1.7), jitter: 0) == [.refuse(1, .down), .refuse(2, .down)])
        #expect(machine.acquireWanted(for: .service, now: self.at(2), deadline: nil) == (.refuse(.down), []))
        // Tried on although nobody waits; the pause stays at its limit.
        #expect(machine.nextTimer == self.at(1.7) + .seconds(2))
        #expect(machine.timerFired(now: self.at(3.8)) == [.connect(4)])
        #expect(machine.connected(4, now: self.at(3.9), jitter: 0) == [])
        #expect(machine.statistics.isDown == false)
        #expect(
            machine.acquireWanted(for: .service, now: self.at(4), deadline: nil) == (.lend(4, mustCheck: false), [])
        )
    }

    @Test func `a failure to open one more is not an outage`() {
        var machine = self.machine()
        self.borrowFirst(&machine)
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.wait(2), [.connect(2)]))
        #expect(machine.connectFailed(2, now: self.at(0.1), jitter: 0) == [])
        #expect(machine.statistics.isDown == false)
        #expect(machine.timerFired(now: self.at(2)).contains(.refuse(2, .exhausted(waited: .seconds(2)))))
    }

    @Test func `a dead connection is replaced for its borrower before anybody else`() {
        var machine = self.machine { $0.connectionsMax = 1 }
        self.borrowFirst(&machine)
        _ = machine.released(1, isReusable: true, now: self.start)
        #expect(machine.acquireWanted(for: .service, now: self.at(5), deadline: nil) == (.lend(1, mustCheck: true), []))
        #expect(machine.acquireWanted(for: .service, now: self.at(5), deadline: nil) == (.wait(2), []))
        #expect(
            machine.checkFailed(1, now: self.at(5.1), since: self.at(5), deadline: nil) == (.wait(3), [.connect(2)])
        )
        #expect(machine.connected(2, now: self.at(5.2), jitter: 0) == [.lend(2, to: 3)])
        #expect(machine.released(2, isReusable: true, now: self.at(5.3)) == [.lend(2, to: 2)])
    }

    @Test func `connections grow old, unused or not`() {
        var machine = self.machine { $0.lifetime = .seconds(100) }
        self.borrowFirst(&machine)
        _ = machine.released(1, isReusable: true, now: self.at(1))
        #expect(machine.timerFired(now: self.at(30.9)) == [])
        #expect(machine.timerFired(now: self.at(31)) == [.close(1)])
        _ = machine.acquireWanted(for: .service, now: self.at(40), deadline: nil)
        #expect(machine.connected(2, now: self.at(40), jitter: -1) == [.lend(2, to: 2)])
        #expect(machine.released(2, isReusable: true, now: self.at(130)) == [.close(2)])
        #expect(machine.statistics.closedIdle == 1 && machine.statistics.closedOld == 1)
    }

    @Test func `a shut pool refuses, closes what comes back, and says when it is empty`() {
        var machine = self.machine()
        self.borrowFirst(&machine)
        _ = machine.acquireWanted(for: .service, now: self.start, deadline: nil)
        #expect(machine.shutDown() == [.refuse(2, .closed)])
        #expect(machine.shutDown() == [])
        #expect(machine.acquireWanted(for: .service, now: self.start, deadline: nil) == (.refuse(.closed), []))
        #expect(machine.connected(2, now: self.start, jitter: 0) == [.close(2)])
        #expect(machine.released(1, isReusable: true, now: self.start) == [.close(1), .drained])
    }

    /// A model of what was promised, driven by random events.
    private struct Model {
        var machine: Machine
        var now: Moment
        var connecting: Set<Int> = []
        var idle: Set<Int> = []
        /// Lent connections; the value is when the borrower came, if it has to check the connection first.
        var busy: [Int: Moment?] = [:]
        var waiters: [Int] = []
        var deadlines: [Int: Moment] = [:]
        var served = 0
        /// The last attempt to connect failed.
        var isFailing = false

        mutating func apply(_ actions: [Machine.Action]) throws {
            for action in actions {
                switch action {
                case .lend(let id, to: let waiter):
                    // First come, first served.
                    try #require(self.waiters.first == waiter)
                    self.waiters.removeFirst()
                    try #require(self.busy[id] == nil)
                    self.idle.remove(id)
                    self.connecting.remove(id)
                    self.busy[id] = .some(nil)
                    self.served += 1
                case .refuse(let waiter, _):
                    let index = try #require(self.waiters.firstIndex(of: waiter))
                    self.waiters.remove(at: index)
                case .connect(let id):
                    try #require(self.connecting.insert(id).inserted)
                case .close(let id):
                    self.idle.remove(id)
                    self.connecting.remove(id)
                    self.busy[id] = nil
                case .drained:
                    try #require(self.connecting.isEmpty && self.idle.isEmpty && self.busy.isEmpty)
                }
            }
        }

        mutating func acquired(_ answer: Machine.OnAcquire, isFirst: Bool, deadline: Moment?) throws {
            switch answer {
            case .lend(let id, let mustCheck):
                try #require(self.idle.remove(id) != nil)
                // Nobody is overtaken.
                if !isFirst { try #require(self.waiters.isEmpty) }
                self.busy[id] = .some(mustCheck ? self.now : nil)
                self.served += 1
            case .wait(let waiter):
                if isFirst { self.waiters.insert(waiter, at: 0) } else { self.waiters.append(waiter) }
                let latest = self.now + self.machine.configuration.acquireTimeout
                self.deadlines[waiter] = min(deadline ?? latest, latest)
            case .refuse: break
            }
        }

        func check() throws {
            let statistics = self.machine.statistics
            try #require(statistics.idle == self.idle.count)
            try #require(statistics.busy == self.busy.count)
            try #require(statistics.connecting == self.connecting.count)
            try #require(statistics.waiting == self.waiters.count)
            let count = self.idle.count + self.busy.count + self.connecting.count
            try #require(count <= self.machine.configuration.connectionsMax)
            try #require(self.waiters.count <= self.machine.configuration.waitersMax)
            guard !self.waiters.isEmpty else { return }
            // No wake-up is lost: nobody waits beside an unused connection, and everybody's deadline is watched.
            try #require(self.idle.isEmpty)
            let timer = try #require(self.machine.nextTimer)
            for waiter in self.waiters { try #require(timer <= self.deadlines[waiter]!) }
            // As many are on the way as there is room for.
            let room = self.machine.configuration.connectionsMax - self.busy.count
            try #require(self.isFailing || self.connecting.count >= min(self.waiters.count, room))
            // Somebody is on the way for them: a borrower, an attempt to connect, or the timer of the next attempt.
            try #require(!self.busy.isEmpty || !self.connecting.isEmpty || timer <= self.now + .seconds(2))
        }
    }

    @Test(arguments: 0..<8) func `200,000 random events break no promise`(run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("pool schedule \(run): seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var configuration = PoolConfiguration()
        configuration.connectionsMax = [1, 2, 3, 10][run % 4]
        configuration.waitersMax = 20
        configuration.lifetime = .seconds(60)
        var model = Model(machine: Machine(configuration: configuration), now: self.start)
        for _ in 0..<25_000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<35:
                let deadline =
                    Bool.random(using: &random)
                    ? model.now + .milliseconds(Int.random(in: 0...3000, using: &random)) : nil
                let (answer, actions) = model.machine.acquireWanted(for: .service, now: model.now, deadline: deadline)
                try model.acquired(answer, isFirst: false, deadline: deadline)
                try model.apply(actions)
            case 35..<65:
                guard let (id, toCheck) = model.busy.randomElement(using: &random) else { continue }
                if let since = toCheck, Int.random(in: 0..<3, using: &random) == 0 {
                    model.busy[id] = nil
                    let (answer, actions) = model.machine.checkFailed(id, now: model.now, since: since, deadline: nil)
                    // The wait counts from when the borrower came.
                    try model.acquired(answer, isFirst: true, deadline: since + configuration.acquireTimeout)
                    try model.apply(actions)
                } else {
                    let isReusable = Int.random(in: 0..<5, using: &random) > 0
                    model.busy[id] = nil
                    let actions = model.machine.released(id, isReusable: isReusable, now: model.now)
                    if isReusable, !actions.contains(.close(id)) { model.idle.insert(id) }
                    try model.apply(actions)
                }
            case 65..<80:
                guard let id = model.connecting.randomElement(using: &random) else { continue }
                model.connecting.remove(id)
                if Int.random(in: 0..<4, using: &random) > 0 {
                    model.idle.insert(id)
                    model.isFailing = false
                    try model.apply(
                        model.machine.connected(id, now: model.now, jitter: .random(in: -1...1, using: &random))
                    )
                } else {
                    model.isFailing = true
                    try model.apply(
                        model.machine.connectFailed(id, now: model.now, jitter: .random(in: 0...1, using: &random))
                    )
                }
            case 80..<85:
                guard let waiter = model.waiters.randomElement(using: &random) else { continue }
                let wasWaiting = model.machine.waiterCancelled(waiter)
                try #require(wasWaiting)
                model.waiters.removeAll { $0 == waiter }
            case 85..<88:
                guard let id = model.idle.randomElement(using: &random) else { continue }
                model.idle.remove(id)
                try model.apply(model.machine.lost(id))
            default:
                let pauses = [1, 10, 100, 1000, 10_000]
                model.now += .milliseconds(pauses.randomElement(using: &random)!)
                try model.apply(model.machine.timerFired(now: model.now))
            }
            try model.check()
        }
        #expect(model.served > 1000)

        // Shut down, everything comes back.
        try model.apply(model.machine.shutDown())
        #expect(model.waiters.isEmpty && model.idle.isEmpty)
        for id in model.connecting { try model.apply(model.machine.connected(id, now: model.now, jitter: 0)) }
        for id in model.busy.keys {
            model.busy[id] = nil
            try model.apply(model.machine.released(id, isReusable: true, now: model.now))
        }
        #expect(
            model.machine.statistics.idle + model.machine.statistics.busy + model.machine.statistics.connecting == 0
        )
    }
}
