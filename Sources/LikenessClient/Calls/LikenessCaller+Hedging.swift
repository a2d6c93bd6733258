internal import LikenessMessages
internal import Synchronization

private enum HedgeEvent<Response: Sendable>: Sendable {
    case ended(Result<Response, AttemptFailure>)
    case rang
}

extension LikenessCaller {
    /// Several attempts at once, each on another endpoint where there is one: the first answer wins.
    func hedged<Request, Response>(
        _ attempt: Attempt<Request, Response>,
        _ machine: HedgeMachine
    ) async throws -> Response {
        var machine = machine
        var lastError = LikenessError(.cancelled, "the call was cancelled")
        let (pool, clock) = (self.pool, self.clock)
        return try await withThrowingTaskGroup(of: HedgeEvent<Response>.self) { group in
            defer { group.cancelAll() }
            let tried = LastEndpoint()
            var action = machine.began(now: clock.now())
            while true {
                switch action {
                case .start:
                    group.addTask { .ended(await attempt.run(in: pool, avoiding: tried)) }
                    action = machine.started()
                    continue
                case .fail: throw lastError
                case .wait(let until):
                    group.addTask {
                        try await clock.sleep(until)
                        return .rang
                    }
                case .waitForAnswers: break
                }
                guard let event = try await group.next() else { throw lastError }
                let mayHedge = { self.budget.withLock { $0.hedge() } }
                switch event {
                case .ended(.success(let response)):
                    self.budget.withLock { $0.succeeded() }
                    return response
                case .ended(.failure(let failure)):
                    lastError = failure.error
                    action = machine.failed(failure.error, now: clock.now(), mayHedge: mayHedge)
                case .rang: action = machine.rang(now: clock.now(), mayHedge: mayHedge)
                }
            }
        }
    }
}
