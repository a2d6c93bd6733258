internal import Synchronization

/// Waits for a call that may block, but no longer than a deadline; the call itself runs on to its end.
final class TimedWait<Value: Sendable>: ReactorSource {
    private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

    private init(_ continuation: CheckedContinuation<Value?, Never>) {
        self.continuation = Mutex(continuation)
    }

    /// Returns what `body` returned, or `nil` if the deadline came first or too many such calls are stuck.
    static func run(
        until deadline: Moment,
        on reactor: Reactor,
        _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let wait = TimedWait(continuation)
            let token = reactor.reserveToken()
            reactor.register(wait, token: token)
            reactor.setTimer(deadline, token: token)
            let isStarted = Threads.startBlocking {
                let value = body()
                reactor.deregister(token)
                wait.finish(value)
            }
            if !isStarted {
                reactor.deregister(token)
                wait.finish(nil)
            }
        }
    }

    private func finish(_ value: Value?) {
        let continuation = self.continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(returning: value)
    }

    func socketBecameReady() {}
    func timerFired(now: Moment) { self.finish(nil) }
}
