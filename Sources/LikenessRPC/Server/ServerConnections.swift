internal import NIOCore
internal import Synchronization

/// The open connections of a server, who they are from, and how many more may come.
///
/// Who has shown a credential, a certificate or a valid token, loses its connection to no other. Peers that have not share
/// what is left to them: when it is all taken, the address with the most of them loses its oldest.
final class ServerConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Those whose TLS handshake goes on.
        var handshakes: SourceShares<SourceAddress, ObjectIdentifier>
        /// Those whose peers have shown no credential.
        var strangers: SourceShares<SourceAddress, ObjectIdentifier>
        var keys: [ObjectIdentifier: ClientKey] = [:]
        var counts: [ClientKey: Int] = [:]
        var isDraining = false
        var emptyWaiters: [CheckedContinuation<Void, Never>] = []

        /// Channels of what was taken out of a share.
        func channels(_ ids: some Sequence<ObjectIdentifier>) -> [any Channel] { ids.compactMap { self.channels[$0] } }
    }

    enum Insertion {
        /// - losing: Unfinished handshakes that have to make way.
        case taken(losing: [any Channel])
        case tooMany
        /// The server is about to end and wants no more.
        case draining
    }

    private let limit: Int
    private let limitOfKey: Int
    private let state: Mutex<State>

    init(_ configuration: RPCServerConfiguration) {
        self.limit = configuration.connectionsMax
        self.limitOfKey = configuration.connectionsPerIdentityMax
        self.state = Mutex(
            State(
                handshakes: SourceShares(limit: configuration.handshakesMax),
                strangers: SourceShares(limit: configuration.connectionsWithoutCredentialMax)
            )
        )
    }

    var count: Int { self.state.withLock { $0.channels.count } }

    /// Connections whose TLS handshake goes on.
    var handshakeCount: Int { self.state.withLock { $0.handshakes.count } }

    func insert(_ channel: any Channel) -> Insertion {
        let id = ObjectIdentifier(channel)
        let source = SourceAddress(channel.remoteAddress)
        let insertion: (Insertion, stranger: (any Channel)?) = self.state.withLock { state in
            if state.isDraining { return (.draining, nil) }
            var losers: [ObjectIdentifier] = []
            var stranger: (any Channel)?
            if state.channels.count >= self.limit {
                if let loser = state.handshakes.takeOldestOfLargest() {
                    losers.append(loser)
                } else if let loser = state.strangers.takeOldestOfLargest() {
                    stranger = state.channels[loser]
                } else {
                    return (.tooMany, nil)
                }
            }
            state.channels[id] = channel
            losers += state.handshakes.arrived(id, from: source)
            return (.taken(losing: state.channels(losers)), stranger)
        }
        if let stranger = insertion.stranger { Self.dismiss([stranger]) }
        if case .taken = insertion.0 { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return insertion.0
    }

    /// The peer has shown who it is, or that it shows nothing.
    ///
    /// - Parameter key: `nil` for connections that are not counted together.
    /// - Returns: `false` when there are too many connections of it already.
    func identify(_ channel: any Channel, as key: ClientKey?) -> Bool {
        let id = ObjectIdentifier(channel)
        let (isTaken, losers) = self.state.withLock { state -> (Bool, [any Channel]) in
            state.handshakes.left(id)
            guard let key, state.channels[id] != nil else { return (true, []) }
            var losers: [ObjectIdentifier] = []
            if state.counts[key, default: 0] >= self.limitOfKey {
                // It may be about to show a token: one of its address that has not makes way.
                guard case .address(let source) = key, let loser = state.strangers.takeOldest(of: source) else {
                    return (false, [])
                }
                losers.append(loser)
            }
            state.counts[key, default: 0] += 1
            state.keys[id] = key
            if case .address(let source) = key { losers += state.strangers.arrived(id, from: source) }
            return (true, state.channels(losers))
        }
        Self.dismiss(losers)
        return isTaken
    }

    /// The peer has shown a valid token: it no longer has to make way.
    func credentialShown(on channel: any Channel) {
        self.state.withLock { _ = $0.strangers.left(ObjectIdentifier(channel)) }
    }

    private static func dismiss(_ channels: [any Channel]) {
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ServerConnectionCommand.makeWay)
        }
    }

    private func remove(_ id: ObjectIdentifier) {
        let waiters = self.state.withLock { state in
            state.channels[id] = nil
            if let key = state.keys.removeValue(forKey: id) {
                let left = state.counts[key, default: 1] - 1
                state.counts[key] = left > 0 ? left : nil
            }
            state.handshakes.left(id)
            state.strangers.left(id)
            guard state.channels.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.emptyWaiters = [] }
            return state.emptyWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: The end

    /// Returns when all are closed: politely within the bound, by force after it.
    func drain(within bound: Duration) async {
        self.state.withLock { $0.isDraining = true }
        self.tell(.drain)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.allClosed()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: bound)
                return false
            }
            if await group.next() == false { self.tell(.abort) }
            group.cancelAll()
            await group.waitForAll()
        }
    }

    private func allClosed() async {
        await withCheckedContinuation { continuation in
            let isEmpty = self.state.withLock { state in
                if !state.channels.isEmpty { state.emptyWaiters.append(continuation) }
                return state.channels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    func tell(_ command: ServerConnectionCommand) {
        let channels = self.state.withLock { Array($0.channels.values) }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(command) }
    }
}
