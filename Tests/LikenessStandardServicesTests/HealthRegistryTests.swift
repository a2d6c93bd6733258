import LikenessMessages
import Synchronization
import Testing

@testable import LikenessStandardServices

@Suite struct HealthRegistryTests {
    /// Takes a message only when the test lets it.
    private final class SlowWriter: MessageWriter {
        typealias Element = RPCWatchResponse
        private let written: AsyncStream<RPCServingStatus>.Continuation
        private let permits: AsyncStream<Void>
        let statuses: AsyncStream<RPCServingStatus>
        private let allow: AsyncStream<Void>.Continuation

        init() {
            (self.statuses, self.written) = AsyncStream.makeStream()
            (self.permits, self.allow) = AsyncStream.makeStream()
        }

        func permit() { self.allow.yield() }

        func finish() async throws {}

        func write(_ message: RPCWatchResponse) async throws {
            self.written.yield(message.status)
            for await _ in self.permits { return }
            throw CancellationError()
        }
    }

    @Test func `begins as not serving, and says what was set`() {
        let registry = HealthRegistry(services: ["a", "b"])
        #expect(registry.status(of: "") == .notServing)
        #expect(registry.status(of: "c") == nil)
        registry.set(["": .serving, "a": .serving])
        #expect(["", "a", "b"].map(registry.status(of:)) == [.serving, .serving, .notServing])
        registry.setAll(.serving)
        #expect(registry.status(of: "b") == .serving)
        registry.shutDown()
        registry.setAll(.serving)
        #expect(["", "a", "b"].map(registry.status(of:)) == [.notServing, .notServing, .notServing])
    }

    @Test(.timeLimit(.minutes(10))) func `a slow watcher gets the latest and nothing twice, and then the end`()
        async throws
    {
        let registry = HealthRegistry(services: ["a"])
        let writer = SlowWriter()
        let watching = Task { try await HealthService.watch("a", in: registry, writer) }
        var seen = writer.statuses.makeAsyncIterator()
        #expect(await seen.next() == .notServing)
        // While the first is on its way: five changes, of which the last counts.
        for status: RPCServingStatus in [.serving, .notServing, .serving, .notServing, .serving] {
            registry.set(["a": status])
        }
        writer.permit()
        #expect(await seen.next() == .serving)
        // There and back again: nothing to tell.
        registry.set(["a": .notServing])
        registry.set(["a": .serving])
        writer.permit()
        registry.set(["": .serving])
        registry.shutDown()
        #expect(await seen.next() == .notServing)
        writer.permit()
        try await watching.value
    }

    @Test(.timeLimit(.minutes(10))) func `a service that is not there may come`() async throws {
        let registry = HealthRegistry(services: [])
        #expect(try await registry.status(of: "late", after: nil) == .serviceUnknown)
        async let news = registry.status(of: "late", after: .serviceUnknown)
        registry.set(["late": .serving])
        #expect(try await news == .serving)
        registry.shutDown()
        #expect(try await registry.status(of: "late", after: .serving) == .notServing)
        #expect(try await registry.status(of: "late", after: .notServing) == nil)
        #expect(try await registry.status(of: "never", after: .serviceUnknown) == .notServing)
    }

    @Test(.timeLimit(.minutes(10))) func `a thousand watchers all hear of a change, cancelled ones throw`() async throws
    {
        let registry = HealthRegistry(services: [])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<1_000 {
                group.addTask {
                    let watching = Task { try await registry.status(of: "", after: .notServing) }
                    guard index % 2 == 0 else {
                        watching.cancel()
                        // Whichever came first, change or cancellation: it ends.
                        return (try? await watching.value) ?? .serving == .serving
                    }
                    return try await watching.value == .serving
                }
            }
            registry.setAll(.serving)
            for try await heard in group { #expect(heard) }
        }
    }

    @Test(.timeLimit(.minutes(10))) func `cancelling ends a wait that nothing else ends`() async {
        let registry = HealthRegistry(services: [])
        let watching = Task { try await registry.status(of: "", after: .notServing) }
        watching.cancel()
        await #expect(throws: CancellationError.self) { try await watching.value }
    }
}
