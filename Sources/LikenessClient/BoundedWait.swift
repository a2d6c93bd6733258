internal import Synchronization

/// Waits for shared work no longer than the caller can: the work itself goes on for the others.
enum BoundedWait {
    /// The value of the task that first has one; when all fail, the last failure.
    ///
    /// - Parameter tasks: At least one.
    /// - Throws: What the last task throws; `LikenessError` `.deadlineExceeded` or `.cancelled`.
    static func first<Value: Sendable>(
        of tasks: [Task<Value, any Error>],
        deadline: ContinuousClock.Instant?
    ) async throws -> Value {
        precondition(!tasks.isEmpty, "nothing to wait for")
        let waiter = Waiter<Value>(taskCount: tasks.count)
        for task in tasks { Task { waiter.ended(await task.result) } }
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                waiter.giveUp(
                    LikenessError(.deadlineExceeded, "no connection before the deadline", nothingWasDone: true)
                )
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter.start($0) }
        } onCancel: {
            waiter.giveUp(LikenessError(.cancelled, "the call was cancelled", nothingWasDone: true))
        }
    }

    /// Resumes its continuation once, whatever comes first.
    private final class Waiter<Value: Sendable>: Sendable {
        private enum Outcome {
            case new
            case waiting(CheckedContinuation<Value, any Error>)
            case early(Result<Value, any Error>)
            case done
        }
        private struct State {
            var outcome = Outcome.new
            var running: Int
        }

        private let state: Mutex<State>

        init(taskCount: Int) { self.state = Mutex(State(running: taskCount)) }

        func start(_ continuation: CheckedContinuation<Value, any Error>) {
            let early = self.state.withLock { state -> Result<Value, any Error>? in
                if case .early(let result) = state.outcome {
                    state.outcome = .done
                    return result
                }
                state.outcome = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }

        func ended(_ result: Result<Value, any Error>) {
            let othersRun = self.state.withLock { state in
                state.running -= 1
                return state.running > 0
            }
            if case .failure = result, othersRun { return }
            self.end(result)
        }

        func giveUp(_ error: LikenessError) { self.end(.failure(error)) }

        private func end(_ result: Result<Value, any Error>) {
            let continuation = self.state.withLock { state -> CheckedContinuation<Value, any Error>? in
                switch state.outcome {
                case .new: state.outcome = .early(result)
                case .waiting(let continuation):
                    state.outcome = .done
                    return continuation
                case .early, .done: break
                }
                return nil
            }
            continuation?.resume(with: result)
        }
    }
}
