import NIOCore
import Testing

@testable import LikenessRPC

@Suite struct HandshakeQueueTests {
    private final class Peer {}

    private static func time(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    @Test func `accepting pauses at the limit and goes on when one is done`() {
        var queue = HandshakeQueue(limit: 2, patience: .milliseconds(100))
        let (first, second) = (Peer(), Peer())
        let arrivals = [(first, 10), (second, 20)].map { peer, time in
            queue.arrived(ObjectIdentifier(peer), now: Self.time(time))
        }
        #expect(arrivals == [.proceed, .pause(lookAt: Self.time(110))])
        #expect(queue.isPaused)
        let goesOn = (0..<2).map { _ in queue.ended(ObjectIdentifier(second)) }
        #expect(goesOn == [true, false])
        #expect(!queue.isPaused)
        #expect(queue.count == 1)
    }

    @Test func `those that took too long have to leave, the others are looked at later`() throws {
        var queue = HandshakeQueue(limit: 3, patience: .milliseconds(100))
        let peers = [Peer(), Peer(), Peer()]
        for (index, peer) in peers.enumerated() {
            _ = queue.arrived(ObjectIdentifier(peer), now: Self.time(10 + 40 * UInt64(index)))
        }
        let early = try #require(queue.look(now: Self.time(109)))
        #expect(early.late.isEmpty)
        let found = try #require(queue.look(now: Self.time(155)))
        #expect(found.late == [ObjectIdentifier(peers[0]), ObjectIdentifier(peers[1])])
        #expect(found.next > Self.time(155))
        for id in found.late { _ = queue.ended(id) }
        #expect(queue.look(now: Self.time(155)) == nil)
    }

    @Test func `a line a minute passes for every source`() {
        var throttle = LogThrottle(sourcesMax: 2)
        let hits: [(String, UInt64)] = [
            ("a", 0), ("a", 30_000), ("a", 59_999), ("b", 0),
            // A third source within the minute is not remembered and not logged.
            ("c", 1), ("a", 60_000), ("c", 60_000),
        ]
        let passed = hits.map { source, time in throttle.passes(source, now: Self.time(time)) }
        #expect(passed == [0, nil, nil, 0, nil, 2, 0])
    }
}
