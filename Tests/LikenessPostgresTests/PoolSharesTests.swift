import LikenessScheduling
import Testing

@testable import LikenessPostgres

/// Who gets a connection when several callers want one, with time made up.
@Suite struct PoolSharesTests {
    typealias Machine = PoolStateMachine
    private let start = Moment.now
    private let heavy = Flow(.caller, "heavy")
    private let modest = Flow(.caller, "modest")

    /// A pool whose connections are all open and idle.
    private func machine(connections: Int = 10, _ change: (inout PoolConfiguration) -> Void = { _ in }) -> Machine {
        var configuration = PoolConfiguration()
        configuration.connectionsMax = connections
        configuration.acquireTimeout = .seconds(3_600)
        configuration.idleTime = .seconds(3_600)
        configuration.lifetime = .seconds(36_000)
        configuration.checkAfterIdle = .seconds(3_600)
        change(&configuration)
        var machine = Machine(configuration: configuration)
        for _ in 0..<connections { _ = machine.acquireWanted(for: .service, now: self.start, deadline: nil) }
        for id in 1...connections { _ = machine.connected(id, now: self.start, jitter: 0) }
        for id in 1...connections { _ = machine.released(id, isReusable: true, now: self.start) }
        return machine
    }

    private func at(_ seconds: Double) -> Moment { self.start + .seconds(seconds) }

    private func lent(_ answer: (Machine.OnAcquire, [Machine.Action])) -> Int? {
        if case .lend(let id, _) = answer.0 { id } else { nil }
    }

    private func waits(_ answer: (Machine.OnAcquire, [Machine.Action])) -> Int? {
        if case .wait(let id) = answer.0 { id } else { nil }
    }

    @Test func `a caller alone leaves one connection to the next caller and one to administration`() {
        var machine = self.machine()
        for _ in 0..<8 {
            #expect(self.lent(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)) != nil)
        }
        #expect(self.waits(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)) != nil)
        #expect(self.lent(machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)) != nil)
        #expect(self.waits(machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)) != nil)
        #expect(self.lent(machine.acquireWanted(for: .service, now: self.start, deadline: nil)) != nil)
    }

    @Test(arguments: [1, 2, 3, 4, 10]) func `in a pool of any size a caller holds something, and never all of several`(
        count: Int
    ) {
        var machine = self.machine(connections: count)
        var held = 0
        while self.lent(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)) != nil { held += 1 }
        #expect(held >= 1 && (count == 1 || held < count))
        #expect(count == 1 || self.lent(machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)) != nil)
    }

    @Test(arguments: [(nil, 3), (1, 1), (2, 1), (4, 2), (6, 3), (64, 3)] as [(Int?, Int)])
    func `beside others a caller holds a third, and no more than half of the cores that are known`(
        cores: Int?,
        share: Int
    ) {
        var configuration = PoolConfiguration()
        configuration.databaseCores = cores
        #expect(configuration.connectionsMax(hasOthers: true) == share)
        #expect(configuration.connectionsMax(hasOthers: false) == 8)
        configuration.connectionsPerCaller = 5
        #expect(configuration.connectionsMax(hasOthers: true) == 5)
    }

    @Test func `beside others a caller comes back to its share, and what it leaves is for them`() throws {
        var machine = self.machine()
        let held = (0..<8).compactMap { _ in
            self.lent(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil))
        }
        for _ in 0..<20 { _ = machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil) }
        let first = try #require(self.lent(machine.acquireWanted(for: self.modest, now: self.at(1), deadline: nil)))
        // Five of eight are not lent to the heavy caller again.
        for id in held.prefix(5) { #expect(machine.released(id, isReusable: true, now: self.at(2)) == []) }
        #expect(machine.statistics.idle == 6)
        #expect(!machine.released(held[5], isReusable: true, now: self.at(2)).isEmpty)
        // The other finds a connection each time it asks.
        _ = machine.released(first, isReusable: true, now: self.at(2))
        for second in 3..<10 {
            let id = try #require(
                self.lent(machine.acquireWanted(for: self.modest, now: self.at(Double(second)), deadline: nil))
            )
            #expect(machine.released(id, isReusable: true, now: self.at(Double(second) + 0.5)) == [])
        }
    }

    @Test func `when the others are silent for long enough a caller's share grows again, by a timer`() throws {
        var machine = self.machine()
        _ = machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)
        for _ in 0..<3 {
            #expect(self.lent(machine.acquireWanted(for: self.heavy, now: self.at(1), deadline: nil)) != nil)
        }
        let waiter = try #require(self.waits(machine.acquireWanted(for: self.heavy, now: self.at(1), deadline: nil)))
        #expect(machine.nextTimer == self.at(10))
        let actions = machine.timerFired(now: self.at(10))
        #expect(actions.count == 1)
        guard case .lend(_, to: waiter)? = actions.first else { Issue.record("\(actions)"); return }
    }

    @Test func `the caller that has used the least time goes first`() throws {
        var machine = self.machine(connections: 1)
        let id = try #require(self.lent(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)))
        let waiters = (0..<3).compactMap { _ in
            self.waits(machine.acquireWanted(for: self.heavy, now: self.at(1), deadline: nil))
        }
        let late = try #require(self.waits(machine.acquireWanted(for: self.modest, now: self.at(4), deadline: nil)))
        #expect(machine.released(id, isReusable: true, now: self.at(5)) == [.lend(id, to: late)])
        let again = try #require(self.waits(machine.acquireWanted(for: self.modest, now: self.at(5.1), deadline: nil)))
        // A tenth of a second is less than five seconds.
        #expect(machine.released(id, isReusable: true, now: self.at(5.1)) == [.lend(id, to: again)])
        #expect(machine.released(id, isReusable: true, now: self.at(20)) == [.lend(id, to: waiters[0])])
    }

    @Test func `administration goes first, and background work last`() throws {
        var machine = self.machine(connections: 1)
        let id = try #require(self.lent(machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)))
        let outbox = Flow(.background, "outbox")
        let worker = try #require(self.waits(machine.acquireWanted(for: outbox, now: self.start, deadline: nil)))
        let caller = try #require(self.waits(machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)))
        let admin = self.heavy.with(.system)
        let status = try #require(self.waits(machine.acquireWanted(for: admin, now: self.at(1), deadline: nil)))
        #expect(machine.released(id, isReusable: true, now: self.at(2)) == [.lend(id, to: status)])
        #expect(machine.released(id, isReusable: true, now: self.at(3)) == [.lend(id, to: worker)])
        let next = try #require(self.waits(machine.acquireWanted(for: outbox, now: self.at(3.5), deadline: nil)))
        #expect(machine.released(id, isReusable: true, now: self.at(4)) == [.lend(id, to: caller)])
        // One second of the worker's counts as much as four of a caller's.
        let another = try #require(self.waits(machine.acquireWanted(for: self.modest, now: self.at(5), deadline: nil)))
        #expect(machine.released(id, isReusable: true, now: self.at(6)) == [.lend(id, to: another)])
        #expect(machine.released(id, isReusable: true, now: self.at(9)) == [.lend(id, to: next)])
    }

    @Test func `one caller's queue leaves places for others`() {
        var machine = self.machine(connections: 2) { $0.waitersMax = 8 }
        for _ in 0..<2 { _ = machine.acquireWanted(for: .service, now: self.start, deadline: nil) }
        func count(_ flow: Flow) -> Int {
            (0..<20).count { _ in self.waits(machine.acquireWanted(for: flow, now: self.start, deadline: nil)) != nil }
        }
        #expect(count(self.heavy) == 4)
        #expect(count(self.modest) == 2)
        #expect(count(Flow(.caller, "third")) == 1)
        #expect(count(.service) == 1)
    }

    @Test func `no connection is opened for a request that its share keeps waiting`() {
        var configuration = PoolConfiguration()
        configuration.connectionsMax = 10
        var machine = Machine(configuration: configuration)
        _ = machine.acquireWanted(for: self.modest, now: self.start, deadline: nil)
        var opened = 0
        for _ in 0..<20 {
            let (_, actions) = machine.acquireWanted(for: self.heavy, now: self.start, deadline: nil)
            opened += actions.count
        }
        #expect(opened == 3)
    }

    @Test(arguments: 0..<4) func `50,000 random events of six flows keep the shares, and lose no request`(run: Int)
        throws
    {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("pool shares \(run): seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let count = [2, 4, 5, 10][run]
        var machine = self.machine(connections: count) { $0.waitersMax = 40 }
        let flows = (0..<4).map { Flow(.caller, "\($0)") } + [Flow(.background, "outbox"), .service]
        var now = self.start
        var held: [Int: Flow] = [:]
        var waiting: [Int: Flow] = [:]
        func heldCount(_ flow: Flow) -> Int { held.values.count { $0 == flow } }
        func apply(_ actions: [Machine.Action]) throws {
            for case .lend(let id, to: let waiter) in actions {
                try #require(held[id] == nil)
                let flow: Flow = try #require(waiting[waiter])
                waiting[waiter] = nil
                held[id] = flow
            }
            for case .refuse(let waiter, _) in actions {
                try #require(waiting.keys.contains(waiter))
                waiting[waiter] = nil
            }
        }
        for _ in 0..<50_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let flow = flows.randomElement(using: &random)!
                let (answer, actions) = machine.acquireWanted(for: flow, now: now, deadline: nil)
                if case .lend(let id, _) = answer { held[id] = flow }
                if case .wait(let waiter) = answer { waiting[waiter] = flow }
                try apply(actions)
            case 5..<9:
                guard let id = held.keys.sorted().randomElement(using: &random) else { continue }
                held[id] = nil
                try apply(machine.released(id, isReusable: true, now: now))
            default:
                now += .milliseconds([1, 10, 100, 11_000].randomElement(using: &random)!)
                try apply(machine.timerFired(now: now))
            }
            try #require(machine.statistics.busy == held.count && machine.statistics.waiting == waiting.count)
            let shared = held.values.count { $0.class != .system }
            try #require(shared <= (count >= 4 ? count - 1 : count))
            for flow in flows where flow.class == .caller {
                try #require(heldCount(flow) <= max(1, count - (count >= 4 ? 2 : 1)))
            }
            // An idle connection beside requests that wait: each of them has its share, or callers have theirs together.
            if machine.statistics.idle > 0 {
                for flow in Set(waiting.values) {
                    try #require(flow.class != .system)
                    try #require(heldCount(flow) >= max(1, count / 3) || shared == count - 1)
                }
            }
        }
        // Everything comes back, and everything that waits is served.
        while let id = held.keys.min() {
            held[id] = nil
            try apply(machine.released(id, isReusable: true, now: now))
        }
        #expect(waiting.isEmpty)
    }
}
