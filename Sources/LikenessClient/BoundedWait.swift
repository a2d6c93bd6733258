internal import Synchronization

/// Waits for shared work no longer than the caller can: the work itself goes on for the others.
enum BoundedWait {
    /// - Throws: What the task throws; `.deadlineExceeded`, `.cancelled`.
    static func value<Value: Sendable>(
        of task: Task<Value, any Error>,
        deadline: ContinuousClock.Instant?
    ) async throws -> Value {
        let waiter = Waiter<Value>()
        let follower = Task { waiter.end(await task.result) }
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                waiter.end(.failure(LikenessError(.deadlineExceeded, "the deadline passed", nothingWasDone: true)))
            }
        }
        defer {
            timer?.cancel()
            follower.cancel()
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter.start($0) }
        } onCancel: {
            waiter.end(.failure(LikenessError(.cancelled, "the call was cancelled", nothingWasDone: true)))
        }
    }

    /// Resumes its continuation once, whatever comes first.
    private final class Waiter<Value: Sendable>: Sendable {
        private enum State {
            case new
            case waiting(CheckedContinuation<Value, any Error>)
            case early(Result<Value, any Error>)
            case done
        }

        private let state = Mutex(State.new)

        func start(_ continuation: CheckedContinuation<Value, any Error>) {
            let early = self.state.withLock { state -> Result<Value, any Error>? in
                if case .early(let result) = state {
                    state = .done
                    return result
                }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }

        func end(_ result: Result<Value, any Error>) {
            let continuation = self.state.withLock { state -> CheckedContinuation<Value, any Error>? in
                switch state {
                case .new: state = .early(result)
                case .waiting(let continuation):
                    state = .done
                    return continuation
                case .early, .done: break
                }
                return nil
            }
            continuation?.resume(with: result)
        }
    }
}
