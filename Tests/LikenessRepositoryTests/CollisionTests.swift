import LikenessPostgres
import LikenessTesting
import Synchronization
import Testing

@testable import LikenessRepository

/// Transactions that run into each other.
@Suite(.freshDatabase) struct CollisionTests {
    private final class Seen: Sendable {
        let holders = Mutex<Set<String>>([])
        let attempts = Mutex(0)
        let isOneThrough = Mutex(false)
    }

    @Test func `of two transactions that wait for each other the one undone is tried again`() async throws {
        try await RepositoryFixture.run { fixture in
            for name in ["a", "b"] { _ = try await fixture.profiles.create(Samples.named(name, slug: name)) }
            let lock = Statement("", "SELECT id FROM profiles WHERE slug = $1 FOR UPDATE", [.text])
            let seen = Seen()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [("a", "b"), ("b", "a")] {
                    group.addTask {
                        try await fixture.database.transaction(deadline: .now + .seconds(60)) {
                            transaction throws(RepositoryError) in
                            let attempt = seen.attempts.withLock { attempts in
                                attempts += 1
                                return attempts
                            }
                            // Sooner it could take its first row again before the other wakes up to have it.
                            while attempt > 2, !seen.isOneThrough.withLock({ $0 }) { await Task.yield() }
                            _ = try await transaction.query(lock, Parameters(first))
                            seen.holders.withLock { _ = $0.insert(first) }
                            while seen.holders.withLock({ $0.count }) < 2 { await Task.yield() }
                            _ = try await transaction.query(lock, Parameters(second))
                        }
                        seen.isOneThrough.withLock { $0 = true }
                    }
                }
                try await group.waitForAll()
            }
            #expect(seen.attempts.withLock { $0 } == 3)
        }
    }
}
