import NIOCore

/// The streams of a connection as the client sees them, with the connection's own credit and budgets.
struct ClientStreams: Sendable {
    private struct Stream {
        /// Whether this side has sent its last message.
        var isSent: Bool
        var send: SendWindow
        var receive: ReceiveWindow
    }

    private var streams: [StreamID: Stream] = [:]
    /// 0 before the first.
    private var lastOpened: StreamID = 0
    private var send: SendWindow
    private var receive: ReceiveWindow
    private let own: Settings
    private var peer = Settings()
    private var idleFrames = RateBudget(burst: 1_000, perSecond: 100)
    var pings: PingPolice

    init(own: Settings) {
        self.own = own
        self.send = SendWindow(0)
        self.receive = ReceiveWindow(own.connectionCreditBytes)
        self.pings = PingPolice(intervalMinMilliseconds: own.pingIntervalMinMilliseconds)
    }

    mutating func begin(peer: Settings) {
        self.peer = peer
        self.send = SendWindow(peer.connectionCreditBytes)
    }

    mutating func removeAll() { self.streams.removeAll() }

    /// Spends one of the frames that have no effect.
    mutating func spendIdleFrame(now: NIODeadline) throws(ProtocolViolation) {
        guard self.idleFrames.take(now: now) else {
            throw ProtocolViolation(.tooMuch, "too many frames without effect")
        }
    }

    var isEmpty: Bool { self.streams.isEmpty }
    var count: Int { self.streams.count }

    mutating func open(isLast: Bool) -> ClientConnectionMachine.OnOpen {
        guard self.streams.count < Int(self.peer.streamsMax) else { return .refuse(.tooManyStreams) }
        guard self.lastOpened < .lastPossible else { return .refuse(.outOfStreams) }
        self.lastOpened = self.lastOpened == 0 ? 1 : self.lastOpened + 2
        self.streams[self.lastOpened] = Stream(
            isSent: isLast,
            send: SendWindow(self.peer.streamCreditBytes),
            receive: ReceiveWindow(self.own.streamCreditBytes)
        )
        return .send(self.lastOpened)
    }

    private func wasOpened(_ id: StreamID) -> Bool { id % 2 == 1 && id <= self.lastOpened }

    mutating func endArrived(_ id: StreamID) throws(ProtocolViolation) -> ClientConnectionMachine.OnEnd {
        guard self.wasOpened(id) else { throw ServerStreams.neverOpened }
        return self.streams.removeValue(forKey: id) == nil ? .ignore : .complete
    }

    mutating func messageArrived(_ id: StreamID, cost: Int) throws(ProtocolViolation)
        -> ClientConnectionMachine.OnMessage
    {
        guard self.wasOpened(id) else { throw ServerStreams.neverOpened }
        // The end of the messages alone: END follows, and says more.
        guard cost > 0 else { return .ignore(connectionCredit: nil) }
        guard self.receive.charge(cost) else { throw ServerStreams.overCredit }
        guard let index = self.streams.index(forKey: id) else {
            return .ignore(connectionCredit: self.receive.consume(cost))
        }
        guard self.streams.values[index].receive.charge(cost) else { throw ServerStreams.overCredit }
        return .deliver
    }

    mutating func creditArrived(
        _ id: StreamID,
        bytes: UInt32,
        now: NIODeadline
    ) throws(ProtocolViolation) -> ClientConnectionMachine.OnCredit {
        guard id == 0 || self.wasOpened(id) else { throw ServerStreams.neverOpened }
        guard bytes > 0 else {
            try self.spendIdleFrame(now: now)
            return .ignore
        }
        if id == 0 {
            let wasOpen = self.send.isOpen
            guard self.send.grant(bytes) else { throw ServerStreams.creditOverflow }
            return self.send.isOpen && !wasOpen ? .resume : .ignore
        }
        guard let index = self.streams.index(forKey: id) else { return .ignore }
        let wasOpen = self.streams.values[index].send.isOpen
        guard self.streams.values[index].send.grant(bytes) else { throw ServerStreams.creditOverflow }
        return self.streams.values[index].send.isOpen && !wasOpen ? .resume : .ignore
    }

    mutating func cancel(_ id: StreamID) -> ClientConnectionMachine.OnCancel {
        guard let stream = self.streams.removeValue(forKey: id) else { return .ignore }
        let held = stream.receive.held
        return .sendCancel(connectionCredit: held > 0 ? self.receive.consume(held) : nil)
    }

    mutating func messageToSend(_ id: StreamID, cost: Int, isLast: Bool) -> ClientConnectionMachine.OnSend {
        guard let index = self.streams.index(forKey: id), !self.streams.values[index].isSent else { return .drop }
        guard cost == 0 || (self.send.isOpen && self.streams.values[index].send.isOpen) else { return .wait }
        self.send.spend(cost)
        self.streams.values[index].send.spend(cost)
        if isLast { self.streams.values[index].isSent = true }
        return .send
    }

    /// Whether an attempt to send would not have to wait.
    func maySend(_ id: StreamID) -> Bool {
        guard let stream = self.streams[id] else { return true }
        return self.send.isOpen && stream.send.isOpen
    }

    mutating func messageConsumed(_ id: StreamID, cost: Int) -> ClientConnectionMachine.Credits {
        guard let index = self.streams.index(forKey: id) else {
            // END has come; the messages before it are still being taken.
            return .init(stream: nil, connection: self.receive.consume(cost))
        }
        return .init(
            stream: self.streams.values[index].receive.consume(cost),
            connection: self.receive.consume(cost)
        )
    }

    mutating func removeAbove(_ last: StreamID) -> [StreamID] {
        let refused = self.streams.keys.filter { $0 > last }.sorted()
        for id in refused { self.streams[id] = nil }
        return refused
    }
}
