import LikenessMessages
import Testing

@testable import LikenessClient

@Suite struct RetryTests {
    private let policy = RetryPolicy(attemptsMax: 3)
    private let idempotent = AdminServiceMethods.getVersion.info
    private let once = AdminServiceMethods.reindex.info

    private func delay(_ error: LikenessError, _ method: MethodInfo, attempt: Int = 1) -> Duration? {
        self.policy.delay(after: error, method: method, attempt: attempt, jitter: 1)
    }

    @Test func `only what is safe to repeat is repeated`() {
        let lost = LikenessError(.unavailable, "lost")
        #expect(self.delay(lost, self.idempotent) == .milliseconds(50))
        #expect(self.delay(lost, self.once) == nil)
        #expect(
            self.delay(LikenessError(.unavailable, "refused", nothingWasDone: true), self.once) == .milliseconds(50)
        )
    }

    @Test(arguments: 1...16 as ClosedRange<UInt8>)
    func `only UNAVAILABLE is repeated unasked`(code: UInt8) {
        let error = LikenessError(.init(rawValue: code), "", nothingWasDone: true)
        #expect((self.delay(error, self.idempotent) != nil) == (error.code == .unavailable))
    }

    @Test func `a full service is asked again when it says when`() {
        let full = LikenessError(.resourceExhausted, "full", retryDelay: .milliseconds(700))
        #expect(self.delay(full, self.idempotent) == .milliseconds(700))
        #expect(self.delay(full, self.once) == nil)
    }

    @Test func `attempts are counted and waits double`() {
        let lost = LikenessError(.unavailable, "lost")
        #expect(self.delay(lost, self.idempotent, attempt: 2) == .milliseconds(100))
        #expect(self.delay(lost, self.idempotent, attempt: 3) == nil)
    }

    @Test func `the budget stops retries at half, and successes fill it slowly`() {
        var budget = RetryBudget()
        var answers: [Bool] = []
        for _ in 0..<10 { answers.append(budget.failed()) }
        #expect(answers == [true, true, true, true] + Array(repeating: false, count: 6))
        for _ in 0..<59 { budget.succeeded() }
        var mayRetry = budget.failed()
        #expect(!mayRetry)
        for _ in 0..<12 { budget.succeeded() }
        mayRetry = budget.failed()
        #expect(mayRetry)
        for _ in 0..<1_000 { budget.succeeded() }
        #expect(budget.tokens == RetryBudget.tokensMax)
    }
}
