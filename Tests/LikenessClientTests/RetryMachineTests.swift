import LikenessMessages
import Testing

@testable import LikenessClient

@Suite struct RetryMachineTests {
    private let idempotent = AdminServiceMethods.getVersion.info
    private let once = AdminServiceMethods.reindex.info
    private let start = ContinuousClock.now
    private let lost = LikenessError(.unavailable, "lost")
    private let neverSent = LikenessError(.unavailable, "closing", nothingWasDone: true)

    private func machine(_ method: MethodInfo, attemptsMax: Int = 3, deadline: Duration? = nil) -> RetryMachine {
        RetryMachine(
            policy: RetryPolicy(attemptsMax: attemptsMax),
            method: method,
            deadline: deadline.map { self.start + $0 }
        )
    }

    /// What the machine says to the same failure until it gives up.
    private func answers(
        _ machine: RetryMachine,
        _ error: LikenessError,
        _ kind: RetryMachine.Failure,
        _ budget: inout RetryBudget
    ) -> [Duration] {
        var machine = machine
        var delays: [Duration] = []
        while delays.count < 100,
            case .repeatAfter(let delay) = machine.failed(error, kind, budget: &budget, now: self.start, jitter: 1)
        {
            delays.append(delay)
        }
        return delays
    }

    @Test func `what never reached the service goes to the next connection at once, and costs nothing`() {
        var budget = RetryBudget()
        let delays = self.answers(self.machine(self.once), self.neverSent, .connectionEnded, &budget)
        #expect(delays == [.zero, .zero, .zero, .milliseconds(50), .milliseconds(100)])
        #expect(budget.tokens == 7, "only what came after the free ones was paid for")
    }

    @Test func `a lost connection repeats an idempotent call once for nothing, another one never`() {
        var budget = RetryBudget()
        let delays = self.answers(self.machine(self.idempotent), self.lost, .connectionEnded, &budget)
        #expect(delays == [.zero, .milliseconds(50), .milliseconds(100)])
        #expect(self.answers(self.machine(self.once), self.lost, .connectionEnded, &budget).isEmpty)
    }

    @Test func `another address is tried at once and for nothing, whatever delay the first asked for`() {
        var budget = RetryBudget()
        let error = LikenessError(.unavailable, "later", retryDelay: .milliseconds(300))
        let kind = RetryMachine.Failure.answered(hasAnother: true)
        var machine = self.machine(self.idempotent)
        let answers = (0..<2).map { _ in
            machine.failed(error, kind, budget: &budget, now: self.start, jitter: 1)
        }
        #expect(answers == [.repeatAfter(.zero), .repeatAfter(.milliseconds(300))])
        #expect(budget.tokens == RetryBudget.tokensMax - 1)
        var other = self.machine(self.once)
        let answer = other.failed(error, kind, budget: &budget, now: self.start, jitter: 1)
        #expect(answer == .giveUp)
    }

    @Test func `a client that wants one attempt gets one`() {
        for kind in [RetryMachine.Failure.connectionEnded, .answered(hasAnother: true), .noConnection] {
            var budget = RetryBudget()
            #expect(self.answers(self.machine(self.idempotent, attemptsMax: 1), self.lost, kind, &budget).isEmpty)
        }
    }

    @Test func `five attempts are the most`() {
        var budget = RetryBudget()
        let delays = self.answers(
            self.machine(self.idempotent, attemptsMax: 99),
            self.neverSent,
            .noConnection,
            &budget
        )
        #expect(delays == [50, 100, 200, 400].map { .milliseconds($0) })
        #expect(budget.tokens == RetryBudget.tokensMax)
    }

    @Test func `a service that refuses every call gets hardly more than one attempt a call`() {
        var budget = RetryBudget()
        let calls = 100
        let repeats = (0..<calls).reduce(0) { count, _ in
            count
                + self.answers(
                    self.machine(self.idempotent, attemptsMax: 5),
                    self.lost,
                    .answered(hasAnother: false),
                    &budget
                ).count
        }
        #expect(repeats > 0 && repeats <= calls / 10)
    }

    @Test func `nothing is repeated past the deadline`() {
        var budget = RetryBudget()
        let machine = self.machine(self.idempotent, deadline: .milliseconds(100))
        #expect(self.answers(machine, self.lost, .answered(hasAnother: false), &budget) == [.milliseconds(50)])
    }

    @Test func `the service's wish is honoured to the nanosecond`() {
        var budget = RetryBudget()
        let wish = Duration.nanoseconds(700_000_001)
        for code in [LikenessError.Code.unavailable, .resourceExhausted] {
            var machine = self.machine(self.idempotent)
            let error = LikenessError(code, "later", retryDelay: wish)
            let answer = machine.failed(
                error,
                .answered(hasAnother: false),
                budget: &budget,
                now: self.start,
                jitter: 1.2
            )
            #expect(answer == .repeatAfter(wish))
        }
    }

    /// Every kind of failure against a model written from the rules.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `no schedule of failures breaks the rules`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var budget = RetryBudget()
        for _ in 0..<100 {
            let method = Bool.random(using: &random) ? self.idempotent : self.once
            let attemptsMax = Int.random(in: 1...5, using: &random)
            var machine = self.machine(method, attemptsMax: attemptsMax, deadline: .milliseconds(500))
            var (free, paid) = (0, 0)
            while true {
                let code = LikenessError.Code(rawValue: [4, 8, 13, 14, 14, 14, 14].randomElement(using: &random) ?? 14)
                let error = LikenessError(
                    code,
                    "",
                    retryDelay: Int.random(in: 0..<4, using: &random) == 0 ? .milliseconds(300) : nil,
                    nothingWasDone: Bool.random(using: &random)
                )
                let kinds: [RetryMachine.Failure] = [
                    .noConnection, .connectionEnded, .answered(hasAnother: false), .answered(hasAnother: true),
                ]
                let kind = kinds.randomElement(using: &random) ?? .noConnection
                let tokens = budget.tokens
                let jitter = Double.random(in: 0.8...1.2, using: &random)
                let answer = machine.failed(error, kind, budget: &budget, now: self.start, jitter: jitter)
                #expect(budget.tokens >= 0 && budget.tokens <= tokens)
                guard case .repeatAfter(let delay) = answer else { break }
                #expect(method.isIdempotent || error.nothingWasDone)
                #expect(code == .unavailable || code == .resourceExhausted && error.retryDelay != nil)
                #expect(delay < .milliseconds(500))
                if let wish = error.retryDelay, kind != .answered(hasAnother: true) { #expect(delay == wish) }
                if delay == .zero { free += 1 } else { paid += 1 }
                if kind == .answered(hasAnother: false) { #expect(budget.tokens > 5) }
            }
            #expect(paid < attemptsMax)
            #expect(free <= RetryMachine.neverSentMax + 1)
            if Int.random(in: 0..<3, using: &random) > 0 { for _ in 0..<15 { budget.succeeded() } }
        }
    }
}
