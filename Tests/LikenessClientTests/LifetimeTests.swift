import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessWire
import NIOPosix
import Testing

@testable import LikenessClient

/// Whether what is closed is also gone.
@Suite struct LifetimeTests {
    private struct Watched {
        weak var caller: LikenessCaller?
        weak var pool: EndpointPool?
        weak var pooled: PooledConnection?
        weak var connection: ClientConnection?
        weak var executor: EventLoopExecutor?
    }

    private func useAndClose(_ configuration: ClientConfiguration) async throws -> Watched {
        let client = try LikenessClient(configuration: configuration)
        _ = try await client.version(.init(timeout: .seconds(60)))
        let lease = try await client.caller.pool.acquire(deadline: nil, waits: false)
        lease.leave()
        let watched = Watched(
            caller: client.caller,
            pool: client.caller.pool,
            pooled: lease.pooled,
            connection: lease.connection,
            executor: lease.connection.executor
        )
        await client.close()
        return watched
    }

    @Test func `a client that is closed leaves nothing behind`() async throws {
        let identity = try TestIdentity()
        let service = TestService()
        try await service.start(identity)
        let watched = try await self.useAndClose(try identity.configuration(ports: [service.port]))
        // What the event loop still holds it lets go of in its next rounds.
        for _ in 0..<2_000 where watched.caller != nil || watched.connection != nil || watched.executor != nil {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(watched.caller == nil)
        #expect(watched.pool == nil)
        #expect(watched.pooled == nil)
        #expect(watched.connection == nil)
        #expect(watched.executor == nil)
        await service.kill()
    }
}
