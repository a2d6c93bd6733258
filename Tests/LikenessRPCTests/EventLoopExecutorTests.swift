import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import LikenessRPC

@Suite struct EventLoopExecutorTests {
    /// A task that waits until it is cancelled.
    private final class Waiting: Sendable {
        private struct State {
            var continuation: CheckedContinuation<Void, Never>?
            var hasGoneOn = false
        }

        private let state = Mutex(State())

        var isWaiting: Bool { self.state.withLock { $0.continuation != nil } }
        var hasGoneOn: Bool { self.state.withLock { $0.hasGoneOn } }

        func run() async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    self.state.withLock { $0.continuation = continuation }
                }
            } onCancel: {
                self.state.withLock { $0.continuation }?.resume()
            }
            self.state.withLock { $0.hasGoneOn = true }
        }
    }

    /// A connection that closes and a deadline that passes cancel calls on the loop, outside of any job.
    @Test func `a task that is cancelled on its loop goes on after the cancellation, not within it`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = EventLoopExecutor(eventLoop: loop)
        let waiting = Waiting()
        // Waits when this returns: the first part of the task has run.
        let task = try await loop.submit {
            Task.immediate(executorPreference: executor) { await waiting.run() }
        }.get()
        try #require(waiting.isWaiting)
        let hasGoneOnWithin = try await loop.submit {
            task.cancel()
            return waiting.hasGoneOn
        }.get()
        #expect(!hasGoneOnWithin)
        await task.value
        #expect(waiting.hasGoneOn)
    }

    @Test func `jobs that come up while others run follow in the same turn`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = EventLoopExecutor(eventLoop: loop)
        let hasRun = try await loop.submit {
            let flag = Flag()
            executor.whileRunning {
                Task.immediate(executorPreference: executor) {
                    await Task.yield()
                    flag.raise()
                }
            }
            return flag.isRaised
        }.get()
        #expect(hasRun)
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var isRaised: Bool { self.state.withLock { $0 } }
        func raise() { self.state.withLock { $0 = true } }
    }
}
