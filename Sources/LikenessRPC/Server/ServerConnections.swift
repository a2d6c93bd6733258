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
        /// Connections that are gone while handlers of theirs run on: a write whose COMMIT was sent, for one.
        var abandoned: Set<ObjectIdentifier> = []
        var isDraining = false
        /// Who waits for all to be gone.
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var waiterCount = 0

        var isEmpty: Bool { self.channels.isEmpty && self.abandoned.isEmpty }

        /// Those who wait, once nothing is left to wait for.
        mutating func takeWaiters() -> [CheckedContinuation<Bool, Never>] {
            guard self.isEmpty else { return [] }
            defer { self.waiters = [:] }
            return Array(self.waiters.values)
        }

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
    private let cancelledHandlersTime: Duration
    private let state: Mutex<State>

    init(_ configuration: RPCServerConfiguration) {
        self.limit = configuration.connectionsMax
        self.limitOfKey = configuration.connectionsPerIdentityMax
        self.cancelledHandlersTime = configuration.cancelledHandlersTime
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
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    // MARK: Handlers without a connection

    /// A connection has ended before its handlers.
    func abandoned(_ connection: ServerConnectionHandler) {
        self.state.withLock { _ = $0.abandoned.insert(ObjectIdentifier(connection)) }
    }

    /// The last of its handlers has ended, and was recorded.
    func handlersEnded(of connection: ServerConnectionHandler) {
        let waiters = self.state.withLock { state in
            state.abandoned.remove(ObjectIdentifier(connection))
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    // MARK: The end

    /// Returns when all are closed and their handlers have ended: politely within the bound, by force after it. Handlers
    /// that go on for longer than `cancelledHandlersTime` after that are given up.
    func drain(within bound: Duration) async {
        self.state.withLock { $0.isDraining = true }
        self.tell(.drain)
        guard await !self.areGone(within: bound) else { return }
        self.tell(.abort)
        // In a task of its own: also one that was cancelled waits for what it closes.
        _ = await Task { await self.areGone(within: self.cancelledHandlersTime) }.value
    }

    /// Whether all are gone within the bound; `false` at once when the task is cancelled.
    private func areGone(within bound: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.gone() }
            group.addTask {
                try? await Task.sleep(for: bound)
                return false
            }
            let areGone = await group.next() ?? false
            group.cancelAll()
            return areGone
        }
    }

    /// Waits until all are gone; `false` when the task is cancelled first.
    private func gone() async -> Bool {
        let number = self.state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = self.state.withLock { state in
                    if state.isEmpty { return true }
                    // A cancellation from here on finds the continuation.
                    if Task.isCancelled { return false }
                    state.waiters[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            self.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: false)
        }
    }

    func tell(_ command: ServerConnectionCommand) {
        let channels = self.state.withLock { Array($0.channels.values) }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(command) }
    }
}
