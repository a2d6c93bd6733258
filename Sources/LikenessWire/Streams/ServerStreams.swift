import NIOCore

/// The streams of a connection as the server sees them, with the connection's own credit and budgets.
struct ServerStreams: Sendable {
    private struct Stream {
        enum Phase: Hashable {
            /// The client may send more messages.
            case receiving
            /// The client has sent its last.
            case received
            /// END was sent or is not wanted; the handler still runs.
            case over
        }
        var phase: Phase
        var send: SendWindow
        var receive: ReceiveWindow
    }

    private var streams: [StreamID: Stream] = [:]
    private var lastSeen: StreamID = 0
    private(set) var lastAccepted: StreamID = 0
    private var send: SendWindow
    private var receive: ReceiveWindow
    private let own: Settings
    private var peer = Settings()
    private var cancels = RateBudget(burst: 400, perSecond: 100)
    private var idleFrames = RateBudget(burst: 1_000, perSecond: 100)
    /// Messages that were on their way when their stream ended: a window of the smallest ones is about 2,000.
    private var lateMessages = RateBudget(burst: 20_000, perSecond: 2_000)
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

    var isEmpty: Bool { self.streams.isEmpty }
    var count: Int { self.streams.count }

    mutating func open(_ id: StreamID, isLast: Bool, isDraining: Bool) throws(ProtocolViolation)
        -> ServerConnectionMachine.OnRequest
    {
        guard ServerConnectionMachine.isClientStream(id) else {
            throw ProtocolViolation(.protocolError, "a client's streams have odd numbers")
        }
        guard id > self.lastSeen else {
            throw ProtocolViolation(.protocolError, "stream numbers must increase")
        }
        self.lastSeen = id
        if isDraining { return .refuse(.draining) }
        if self.streams.count >= Int(self.own.streamsMax) { return .refuse(.tooManyStreams) }
        self.lastAccepted = id
        self.streams[id] = Stream(
            phase: isLast ? .received : .receiving,
            send: SendWindow(self.peer.streamCreditBytes),
            receive: ReceiveWindow(self.own.streamCreditBytes)
        )
        return .dispatch
    }

    /// Spends one of the frames that have no effect.
    mutating func spendIdleFrame(now: NIODeadline) throws(ProtocolViolation) {
        guard self.idleFrames.take(now: now) else {
            throw ProtocolViolation(.tooMuch, "too many frames without effect")
        }
    }

    mutating func messageArrived(
        _ id: StreamID,
        cost: Int,
        isLast: Bool,
        now: NIODeadline
    ) throws(ProtocolViolation) -> ServerConnectionMachine.OnMessage {
        guard id <= self.lastSeen else { throw Self.neverOpened }
        guard self.receive.charge(cost) else { throw Self.overCredit }
        guard let index = self.streams.index(forKey: id) else {
            guard self.lateMessages.take(now: now) else {
                throw ProtocolViolation(.tooMuch, "too many messages on streams that are over")
            }
            return .ignore(connectionCredit: self.receive.consume(cost))
        }
        switch self.streams.values[index].phase {
        case .receiving:
            guard self.streams.values[index].receive.charge(cost) else { throw Self.overCredit }
            if isLast { self.streams.values[index].phase = .received }
            return .deliver
        case .received:
            self.streams.values[index].phase = .over
            // The message goes nowhere; its credit comes back when the stream is finished.
            _ = self.streams.values[index].receive.charge(cost)
            return .failStream
        case .over:
            return .ignore(connectionCredit: self.receive.consume(cost))
        }
    }

    mutating func cancelArrived(_ id: StreamID, now: NIODeadline) throws(ProtocolViolation)
        -> ServerConnectionMachine.OnCancel
    {
        guard id <= self.lastSeen else { throw Self.neverOpened }
        guard self.cancels.take(now: now) else { throw ProtocolViolation(.tooMuch, "too many cancelled calls") }
        return self.answerEarly(id) ? .cancelHandler : .ignore
    }

    mutating func creditArrived(
        _ id: StreamID,
        bytes: UInt32,
        now: NIODeadline
    ) throws(ProtocolViolation) -> ServerConnectionMachine.OnCredit {
        guard id <= self.lastSeen else { throw Self.neverOpened }
        guard bytes > 0 else {
            try self.spendIdleFrame(now: now)
            return .ignore
        }
        if id == 0 {
            let wasOpen = self.send.isOpen
            guard self.send.grant(bytes) else { throw Self.creditOverflow }
            return self.send.isOpen && !wasOpen ? .resume : .ignore
        }
        guard let index = self.streams.index(forKey: id), self.streams.values[index].phase != .over else {
            try self.spendIdleFrame(now: now)
            return .ignore
        }
        let wasOpen = self.streams.values[index].send.isOpen
        guard self.streams.values[index].send.grant(bytes) else { throw Self.creditOverflow }
        return self.streams.values[index].send.isOpen && !wasOpen ? .resume : .ignore
    }

    /// - Returns: Whether the call still wanted an answer.
    mutating func answerEarly(_ id: StreamID) -> Bool {
        guard let index = self.streams.index(forKey: id), self.streams.values[index].phase != .over else {
            return false
        }
        self.streams.values[index].phase = .over
        return true
    }

    mutating func finish(_ id: StreamID) -> ServerConnectionMachine.OnFinish {
        guard let stream = self.streams.removeValue(forKey: id) else { return .discard(connectionCredit: nil) }
        let held = stream.receive.held
        let credit = held > 0 ? self.receive.consume(held) : nil
        return stream.phase == .over ? .discard(connectionCredit: credit) : .sendEnd(connectionCredit: credit)
    }

    mutating func messageToSend(_ id: StreamID, cost: Int) -> ServerConnectionMachine.OnSend {
        guard let index = self.streams.index(forKey: id), self.streams.values[index].phase != .over else {
            return .drop
        }
        guard self.send.isOpen, self.streams.values[index].send.isOpen else { return .wait }
        self.send.spend(cost)
        self.streams.values[index].send.spend(cost)
        return .send
    }

    /// Whether an attempt to send would not have to wait.
    func maySend(_ id: StreamID) -> Bool {
        guard let stream = self.streams[id] else { return true }
        return self.send.isOpen && stream.send.isOpen
    }

    mutating func messageConsumed(_ id: StreamID, cost: Int) -> ServerConnectionMachine.Credits {
        guard let index = self.streams.index(forKey: id) else { return .init() }
        let credit = self.streams.values[index].receive.consume(cost)
        // A client that has sent its last message needs no more credit on its stream.
        let isReceiving = self.streams.values[index].phase == .receiving
        return .init(stream: isReceiving ? credit : nil, connection: self.receive.consume(cost))
    }

    static let neverOpened = ProtocolViolation(.protocolError, "a frame on a stream that was never opened")
    static let overCredit = ProtocolViolation(.flowControl, "a message without credit")
    static let creditOverflow = ProtocolViolation(.flowControl, "more credit than the protocol can count")
}
