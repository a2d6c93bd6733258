import Testing

@testable import LikenessClient

@Suite struct HedgeMachineTests {
    private let start = ContinuousClock.now
    private let busy = LikenessError(.unavailable, "busy")

    private func machine(_ attemptsMax: Int = 3) -> HedgeMachine {
        HedgeMachine(.init(delay: .milliseconds(100), attemptsMax: attemptsMax))
    }

    @Test func `attempts are made one delay after the other, as many as allowed`() {
        var machine = self.machine()
        #expect(machine.began(now: self.start) == .start)
        let second = self.start + .milliseconds(100)
        #expect(machine.started() == .wait(until: second))
        #expect(machine.rang(now: second - .nanoseconds(1), mayHedge: { true }) == .wait(until: second))
        #expect(machine.rang(now: second, mayHedge: { true }) == .start)
        #expect(machine.started() == .wait(until: second + .milliseconds(100)))
        #expect(machine.rang(now: second + .milliseconds(100), mayHedge: { true }) == .start)
        #expect(machine.started() == .waitForAnswers)
    }

    @Test func `a failure is followed by the next attempt at once, the last one ends the call`() {
        var machine = self.machine(2)
        _ = machine.began(now: self.start)
        #expect(machine.failed(self.busy, now: self.start, mayHedge: { true }) == .start)
        #expect(machine.started() == .waitForAnswers)
        #expect(machine.failed(self.busy, now: self.start, mayHedge: { true }) == .fail)
    }

    @Test func `an error that repeating cannot mend ends the call at once`() {
        var machine = self.machine()
        _ = machine.began(now: self.start)
        _ = machine.rang(now: self.start + .milliseconds(100), mayHedge: { true })
        let wrong = LikenessError(.invalidArgument, "wrong")
        #expect(machine.failed(wrong, now: self.start, mayHedge: { true }) == .fail)
        #expect(machine.started() == .fail)
    }

    @Test func `the service's wish delays the next attempt`() {
        var machine = self.machine()
        _ = machine.began(now: self.start)
        let later = LikenessError(.resourceExhausted, "later", retryDelay: .milliseconds(700))
        let due = self.start + .milliseconds(700)
        #expect(machine.failed(later, now: self.start, mayHedge: { true }) == .wait(until: due))
        #expect(machine.rang(now: self.start + .milliseconds(100), mayHedge: { true }) == .wait(until: due))
        #expect(machine.rang(now: due, mayHedge: { true }) == .start)
    }

    @Test func `without budget the first attempt stays the only one`() {
        var machine = self.machine()
        _ = machine.began(now: self.start)
        #expect(machine.rang(now: self.start + .milliseconds(100), mayHedge: { false }) == .waitForAnswers)
        #expect(machine.failed(self.busy, now: self.start, mayHedge: { true }) == .fail)
    }

    @Test func `hedges are paid for and stop where retries stop`() {
        var budget = RetryBudget()
        var count = 0
        while budget.hedge() { count += 1 }
        #expect(count == 4)
        let mayRetry = budget.failed()
        #expect(!mayRetry)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `no schedule makes more attempts than allowed, or waits for nobody`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let attemptsMax = Int.random(in: 2...5, using: &random)
        var machine = self.machine(attemptsMax)
        var now = self.start
        var (started, running) = (0, 0)
        var action = machine.began(now: now)
        for _ in 0..<100 {
            switch action {
            case .start:
                started += 1
                running += 1
                action = machine.started()
                continue
            case .fail: break
            case .wait: #expect(started < attemptsMax)
            case .waitForAnswers: #expect(running > 0)
            }
            #expect(started <= attemptsMax)
            #expect(machine.startedCount == started && machine.runningCount == running)
            if action == .fail { break }
            let mayHedge = Int.random(in: 0..<4, using: &random) > 0
            if running > 0, Bool.random(using: &random) {
                running -= 1
                let wish: Duration? = Bool.random(using: &random) ? .milliseconds(250) : nil
                action = machine.failed(
                    LikenessError(.unavailable, "", retryDelay: wish),
                    now: now,
                    mayHedge: { mayHedge }
                )
            } else {
                now += .milliseconds(Int.random(in: 0..<200, using: &random))
                action = machine.rang(now: now, mayHedge: { mayHedge })
            }
        }
    }
}
