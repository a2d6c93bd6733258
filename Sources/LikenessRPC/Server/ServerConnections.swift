internal import NIOCore
internal import Synchronization

/// The open connections of a server, who they are from, and how many more may come.
final class ServerConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var handshakes: HandshakeQueue
        var identities: [ObjectIdentifier: String] = [:]
        var countOfIdentity: [String: Int] = [:]
        var listener: (any Channel)?
        var isDraining = false
        var emptyWaiters: [CheckedContinuation<Void, Never>] = []
    }

    enum Insertion {
        case taken
        case tooMany
        /// The server is about to end and wants no more.
        case draining
    }

    private let limit: Int
    private let limitOfIdentity: Int
    private let state: Mutex<State>

    init(_ configuration: RPCServerConfiguration) {
        self.limit = configuration.connectionsMax
        self.limitOfIdentity = configuration.connectionsPerIdentityMax
        let patience = TimeAmount(min(configuration.handshakePatience, configuration.handshakeTimeout))
        self.state = Mutex(State(handshakes: HandshakeQueue(limit: configuration.handshakesMax, patience: patience)))
    }

    var count: Int { self.state.withLock { $0.channels.count } }

    /// Connections that have not yet shown who they are.
    var handshakeCount: Int { self.state.withLock { $0.handshakes.count } }

    /// Whose accepting pauses while there are too many handshakes.
    func listen(on listener: any Channel) {
        let isPaused = self.state.withLock { state in
            state.listener = listener
            return state.handshakes.isPaused
        }
        if isPaused { Self.accept(false, on: listener) }
    }

    func insert(_ channel: any Channel) -> Insertion {
        let id = ObjectIdentifier(channel)
        let now = channel.eventLoop.now
        let insertion: (refused: Insertion?, HandshakeQueue.OnArrival, (any Channel)?) = self.state.withLock { state in
            if state.isDraining { return (.draining, .proceed, nil) }
            if state.channels.count >= self.limit { return (.tooMany, .proceed, nil) }
            state.channels[id] = channel
            return (nil, state.handshakes.arrived(id, now: now), state.listener)
        }
        let (refused, onArrival, listener) = insertion
        if let refused { return refused }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        if case .pause(let time) = onArrival {
            if let listener { Self.accept(false, on: listener) }
            if let time { self.look(at: time, on: channel.eventLoop) }
        }
        return .taken
    }

    /// The peer has shown who it is.
    ///
    /// - Parameter name: `nil` when it shows no name; such connections are not counted together.
    /// - Returns: `false` when it has too many connections already.
    func identify(_ channel: any Channel, as name: String?) -> Bool {
        let id = ObjectIdentifier(channel)
        let (isTaken, listener) = self.state.withLock { state -> (Bool, (any Channel)?) in
            let listener = state.handshakes.ended(id) ? state.listener : nil
            guard let name, state.channels[id] != nil else { return (true, listener) }
            guard state.countOfIdentity[name, default: 0] < self.limitOfIdentity else { return (false, listener) }
            state.countOfIdentity[name, default: 0] += 1
            state.identities[id] = name
            return (true, listener)
        }
        if let listener { Self.accept(true, on: listener) }
        return isTaken
    }

    private func remove(_ id: ObjectIdentifier) {
        let (waiters, listener) = self.state.withLock { state in
            state.channels[id] = nil
            if let name = state.identities.removeValue(forKey: id) {
                let left = state.countOfIdentity[name, default: 1] - 1
                state.countOfIdentity[name] = left > 0 ? left : nil
            }
            let listener = state.handshakes.ended(id) ? state.listener : nil
            guard state.channels.isEmpty else { return ([CheckedContinuation<Void, Never>](), listener) }
            defer { state.emptyWaiters = [] }
            return (state.emptyWaiters, listener)
        }
        if let listener { Self.accept(true, on: listener) }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Handshakes

    private static func accept(_ isAccepting: Bool, on listener: any Channel) {
        // Fails only when the listener is closed, and then nothing is accepted anyway.
        listener.setOption(.autoRead, value: isAccepting).whenComplete { _ in }
    }

    private func look(at time: NIODeadline, on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(deadline: time) {
            let (late, next) = self.state.withLock { state -> ([any Channel], NIODeadline?) in
                guard !state.isDraining, let found = state.handshakes.look(now: eventLoop.now) else { return ([], nil) }
                return (found.late.compactMap { state.channels[$0] }, found.next)
            }
            for channel in late { channel.close(promise: nil) }
            if let next { self.look(at: next, on: eventLoop) }
        }
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
