package import LikenessMessages
internal import Synchronization

/// What a server says of its health: one status for the whole, under the empty name, and one for each service.
///
/// Whoever knows how the server is doing sets it; `HealthService` answers from it.
package final class HealthRegistry: Sendable {
    package typealias ServingStatus = RPCServingStatus

    private struct State {
        var statuses: [String: ServingStatus]
        var isOver = false
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0

        /// What a watcher that has seen `last` is to see now; `nil` when there is nothing new.
        func news(of service: String, after last: ServingStatus?) -> News? {
            if self.isOver { return last == .notServing ? .over : .status(.notServing) }
            let status = self.statuses[service] ?? .serviceUnknown
            return status == last ? nil : .status(status)
        }
    }

    private struct Waiter {
        let service: String
        let last: ServingStatus?
        let continuation: CheckedContinuation<News, any Error>
    }

    private enum News { case status(ServingStatus), over }

    private let state: Mutex<State>

    /// - Parameter services: Full names. They and the whole begin as NOT_SERVING.
    package init(services: some Sequence<String>) {
        let names = Array(services) + [""]
        self.state = Mutex(State(statuses: Dictionary(names.map { ($0, .notServing) }) { first, _ in first }))
    }

    /// Full names, and the empty one of the whole.
    package var services: [String] { self.state.withLock { Array($0.statuses.keys) } }

    /// - Parameter service: Full name; empty for the whole.
    /// - Returns: `nil` for a service that is not registered.
    package func status(of service: String) -> ServingStatus? { self.state.withLock { $0.statuses[service] } }

    /// Sets one or more statuses at once. Without effect after ``shutDown()``.
    package func set(_ statuses: [String: ServingStatus]) {
        self.change { state in
            if !state.isOver { state.statuses.merge(statuses) { _, new in new } }
        }
    }

    /// Sets the status of the whole and of every service.
    package func setAll(_ status: ServingStatus) {
        self.change { state in
            if !state.isOver { for name in state.statuses.keys { state.statuses[name] = status } }
        }
    }

    /// Everything is NOT_SERVING from now on; who watches is told so and then sees the end.
    package func shutDown() {
        self.change { state in
            for name in state.statuses.keys { state.statuses[name] = .notServing }
            state.isOver = true
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let ready = self.state.withLock { state in
            body(&state)
            return state.waiters.compactMap { key, waiter in
                state.news(of: waiter.service, after: waiter.last).map { news in
                    state.waiters[key] = nil
                    return (waiter.continuation, news)
                }
            }
        }
        for (continuation, news) in ready { continuation.resume(returning: news) }
    }

    /// Waits until a service's status is another than `last`. What it was in between is not told.
    ///
    /// - Parameter last: What the caller knows; `nil` for nothing yet.
    /// - Returns: The status, or `nil` when the server shuts down and `last` was NOT_SERVING.
    /// - Throws: `CancellationError`.
    package func status(of service: String, after last: ServingStatus?) async throws -> ServingStatus? {
        let id = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let news = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<News, any Error>) in
                // Cancelled before this: nothing would take the waiter out. After: `onCancel` does.
                let answer: Result<News, any Error>? = self.state.withLock { state in
                    if let news = state.news(of: service, after: last) { return .success(news) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(service: service, last: last, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = self.state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        switch news {
        case .status(let status): return status
        case .over: return nil
        }
    }
}
