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

    @Test func `however often accepting pauses, one look is due`() {
        var queue = HandshakeQueue(limit: 1, patience: .milliseconds(100))
        let peers = (0..<50).map { _ in Peer() }
        var due = 0
        for (index, peer) in peers.enumerated() {
            let arrival = queue.arrived(ObjectIdentifier(peer), now: Self.time(UInt64(index)))
            if case .pause(lookAt: .some) = arrival { due += 1 } else { #expect(arrival == .pause(lookAt: nil)) }
            guard index < 49 else { break }
            let goesOn = queue.ended(ObjectIdentifier(peer))
            #expect(goesOn)
        }
        #expect(due == 1)
        // The last one is still there, so the look goes on; when nobody is, the next pause asks for another.
        let found = queue.look(now: Self.time(100))
        #expect(found?.late.isEmpty == true)
        _ = queue.ended(ObjectIdentifier(peers[49]))
        let none = queue.look(now: Self.time(200))
        #expect(none == nil)
        let next = queue.arrived(ObjectIdentifier(peers[0]), now: Self.time(300))
        #expect(next == .pause(lookAt: Self.time(400)))
    }

    @Test func `those that took too long have to leave, the others are looked at later`() throws {
        var queue = HandshakeQueue(limit: 3, patience: .milliseconds(100))
        let peers = [Peer(), Peer(), Peer()]
        for (index, peer) in peers.enumerated() {
            _ = queue.arrived(ObjectIdentifier(peer), now: Self.time(10 + 40 * UInt64(index)))
        }
        let earlyLook = queue.look(now: Self.time(109))
        let early = try #require(earlyLook)
        #expect(early.late.isEmpty)
        let look = queue.look(now: Self.time(155))
        let found = try #require(look)
        #expect(found.late == [ObjectIdentifier(peers[0]), ObjectIdentifier(peers[1])])
        #expect(found.next > Self.time(155))
        for id in found.late { _ = queue.ended(id) }
        let none = queue.look(now: Self.time(155))
        #expect(none == nil)
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
