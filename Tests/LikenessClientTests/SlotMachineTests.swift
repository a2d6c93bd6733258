import Testing

@testable import LikenessClient

/// A slot's decisions, with time as a plain value.
@Suite struct SlotMachineTests {
    private struct Line: SlotConnection {
        let name: String
        var isDraining = false
        var hasAnswered = false
    }
    private typealias Machine = SlotMachine<Line>

    private let start = ContinuousClock.now
    private let reason = LikenessError(.unavailable, "refused", nothingWasDone: true)

    private func name(_ answer: Machine.OnAsked) -> String {
        switch answer {
        case .use(let line): "use \(line.name)"
        case .connect: "connect"
        case .wait: "wait"
        case .fail(let error, let retryAt): "fail \(error.code)\(retryAt.map { " until \($0 - self.start)" } ?? "")"
        }
    }

    @Test func `the first asks for a connection, the others wait for it`() {
        var machine = Machine(name: "a server")
        #expect(self.name(machine.asked(now: self.start, jitter: 1)) == "connect")
        #expect(self.name(machine.asked(now: self.start, jitter: 1)) == "wait")
        #expect(machine.connected(Line(name: "a"), now: self.start) == .keep)
        #expect(self.name(machine.asked(now: self.start, jitter: 1)) == "use a")
    }

    @Test func `a connection that takes no more calls is replaced`() {
        var machine = Machine(name: "a server")
        _ = machine.asked(now: self.start, jitter: 1)
        _ = machine.connected(Line(name: "a", isDraining: true), now: self.start)
        let later = self.start + ReconnectBackoff.goodLife
        #expect(self.name(machine.asked(now: later, jitter: 1)) == "connect")
        _ = machine.connected(Line(name: "b"), now: later)
        #expect(self.name(machine.asked(now: later, jitter: 1)) == "use b")
    }

    @Test func `a server that accepts and leaves at once is asked less and less often`() {
        var machine = Machine(name: "10.0.0.1:7000")
        var now = self.start
        for milliseconds in [100, 200, 400, 800, 1_600] {
            #expect(self.name(machine.asked(now: now, jitter: 1)) == "connect")
            _ = machine.connected(Line(name: "short", isDraining: true), now: now)
            now += .milliseconds(10)
            let end = now + .milliseconds(milliseconds)
            #expect(self.name(machine.asked(now: now, jitter: 1)) == "fail UNAVAILABLE until \(end - self.start)")
            now = end
        }
        #expect(self.name(machine.asked(now: now, jitter: 1)) == "connect")
        _ = machine.connected(Line(name: "long", isDraining: true), now: now)
        #expect(self.name(machine.asked(now: now + ReconnectBackoff.goodLife, jitter: 1)) == "connect")
    }

    @Test func `a server that is restarted soon after its first answer is asked again at once`() {
        var machine = Machine(name: "a server")
        _ = machine.asked(now: self.start, jitter: 1)
        _ = machine.connected(Line(name: "a", isDraining: true, hasAnswered: true), now: self.start)
        #expect(self.name(machine.asked(now: self.start + .milliseconds(10), jitter: 1)) == "connect")
    }

    @Test func `after failures it waits longer and longer, and fails at once meanwhile`() {
        var machine = Machine(name: "a server")
        var now = self.start
        for milliseconds in [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000] {
            #expect(self.name(machine.asked(now: now, jitter: 1)) == "connect")
            machine.attemptFailed(self.reason, now: now, jitter: 1)
            let end = now + .milliseconds(milliseconds)
            #expect(
                self.name(machine.asked(now: end - .nanoseconds(1), jitter: 1))
                    == "fail UNAVAILABLE until \(end - self.start)"
            )
            now = end
        }
    }

    @Test func `a success ends the waiting`() {
        var machine = Machine(name: "a server")
        var now = self.start
        for _ in 0..<5 {
            _ = machine.asked(now: now, jitter: 1)
            machine.attemptFailed(self.reason, now: now, jitter: 1)
            now += .seconds(20)
        }
        _ = machine.asked(now: now, jitter: 1)
        _ = machine.connected(Line(name: "a", isDraining: true), now: now)
        now += ReconnectBackoff.goodLife
        _ = machine.asked(now: now, jitter: 1)
        machine.attemptFailed(self.reason, now: now, jitter: 1)
        #expect(self.name(machine.asked(now: now + .milliseconds(100), jitter: 1)) == "connect")
    }

    @Test func `jitter spreads the waiting by a fifth`() {
        #expect(ReconnectBackoff.delay(afterFailures: 1, jitter: 0.8) == .milliseconds(80))
        #expect(ReconnectBackoff.delay(afterFailures: 1, jitter: 1.2) == .milliseconds(120))
        #expect(ReconnectBackoff.delay(afterFailures: .max, jitter: 1) == .seconds(10))
    }

    @Test func `once closed it stays closed, and a late connection is discarded`() {
        var machine = Machine(name: "a server")
        _ = machine.asked(now: self.start, jitter: 1)
        guard case .abandonAttempt = machine.close() else {
            Issue.record("the attempt is not abandoned")
            return
        }
        #expect(machine.connected(Line(name: "late"), now: self.start) == .discard)
        machine.attemptFailed(self.reason, now: self.start, jitter: 1)
        #expect(self.name(machine.asked(now: self.start + .seconds(60), jitter: 1)) == "fail CANCELLED")
        guard case .nothing = machine.close() else {
            Issue.record("closed twice")
            return
        }
    }

    @Test func `closing hands over the connection`() {
        var machine = Machine(name: "a server")
        _ = machine.asked(now: self.start, jitter: 1)
        _ = machine.connected(Line(name: "a"), now: self.start)
        guard case .close(let line) = machine.close() else {
            Issue.record("the connection is lost")
            return
        }
        #expect(line.name == "a")
    }
}
