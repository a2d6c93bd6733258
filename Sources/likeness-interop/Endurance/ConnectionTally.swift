internal import LikenessMessages
internal import LikenessRPC
internal import Synchronization

/// How many connections a server has had.
final class ConnectionTally: ServerObserver {
    private let count = Mutex(0)

    var opened: Int { self.count.withLock(\.self) }

    func connectionOpened(_ peer: PeerIdentity) { self.count.withLock { $0 += 1 } }
    func connectionClosed(_ peer: PeerIdentity) {}
    func callStarted(_ method: MethodInfo) {}
    func callEnded(_ call: EndedCall) {}
}
