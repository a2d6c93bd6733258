import NIOCore

/// The streams of a connection as the server sees them, with the connection's own credit and budgets.
struct ServerStreams: Sendable {
    private struct Stream {
        enum Phase: Hashable {
            /// The client may send more messages.
            case receiving
            /// The client has sent its last.
            case received
            /// END was sent or is not wanted; the handler still runs, and counts no longer against what its caller may have.
            case over
        }
        var phase: Phase
        var send: SendWindow
        var receive: ReceiveWindow
    }

    private var streams: [StreamID: Stream] = [:]
    /// Of them those in the phase `over`.
    private var overCount = 0
    private var lastSeen: StreamID = 0
    private(set) var lastAccepted: StreamID = 0
    private var send: SendWindow
    private var receive: ReceiveWindow
    private let own: Settings
    private var peer = Settings()
    private var cancels = RateBudget(burst: 400, perSecond: 100)
    private var idleFrames = RateBudget(burst: 1_000, perSecond: 100)
    private var crossing = CrossingFrames()
    /// Frames without effect that the peer has sent and that had not to cross anything.
    private(set) var idleFrameCount = 0
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

    mutating func removeAll() {
        self.streams.removeAll()
        self.overCount = 0
    }

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
        if let refusal = self.refusal(isDraining: isDraining) {
            // What the client sends before it learns of that goes nowhere.
            self.crossing.streamEnded(
                wasWithinLimits: isDraining,
                sent: 0,
                receivable: isLast ? nil : Int(self.own.streamCreditBytes)
            )
            return .refuse(refusal)
        }
        self.lastAccepted = id
        self.streams[id] = Stream(
            phase: isLast ? .received : .receiving,
            send: SendWindow(self.peer.streamCreditBytes),
            receive: ReceiveWindow(self.own.streamCreditBytes)
        )
        return .dispatch
    }

    private func refusal(isDraining: Bool) -> ServerConnectionMachine.Refusal? {
        if isDraining { return .draining }
        let streamsMax = Int(self.own.streamsMax)
        if self.streams.count - self.overCount >= streamsMax { return .tooManyStreams }
        // As many more may be about to stop.
        return self.streams.count >= 2 * streamsMax ? .tooManyStopping : nil
    }

    /// The stream is over while its handler still runs.
    private mutating func end(at index: Dictionary<StreamID, Stream>.Index) {
        self.countCrossing(self.streams.values[index])
        self.streams.values[index].phase = .over
        self.overCount += 1
    }

    /// What may be under way on a stream that ends now.
    private mutating func countCrossing(_ stream: Stream) {
        let receivable = stream.phase == .receiving ? stream.receive.available : nil
        self.crossing.streamEnded(sent: stream.send.outstanding, receivable: receivable)
    }

    /// Spends one of the frames that have no effect.
    mutating func spendIdleFrame(now: NIODeadline) throws(ProtocolViolation) {
        self.idleFrameCount += 1
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
        guard cost == 0 || self.receive.charge(cost) else { throw Self.overCredit }
        guard let index = self.streams.index(forKey: id) else { return try self.lateMessageArrived(cost, now: now) }
        switch self.streams.values[index].phase {
        case .receiving:
            guard cost == 0 || self.streams.values[index].receive.charge(cost) else { throw Self.overCredit }
            if isLast { self.streams.values[index].phase = .received }
            return .deliver
        case .received:
            guard cost == 0 || self.streams.values[index].receive.charge(cost) else { throw Self.overCredit }
            // The message goes nowhere; its credit comes back when the stream is finished.
            self.end(at: index)
            return .failStream
        case .over: return try self.lateMessageArrived(cost, now: now)
        }
    }

    private mutating func lateMessageArrived(_ cost: Int, now: NIODeadline) throws(ProtocolViolation)
        -> ServerConnectionMachine.OnMessage
    {
        if !self.crossing.takeMessage() { try self.spendIdleFrame(now: now) }
        return .ignore(connectionCredit: cost == 0 ? nil : self.receive.consume(cost))
    }

    mutating func cancelArrived(_ id: StreamID, now: NIODeadline) throws(ProtocolViolation)
        -> ServerConnectionMachine.OnCancel
    {
        guard id <= self.lastSeen else { throw Self.neverOpened }
        let isOver = !self.answerEarly(id)
        if isOver, self.crossing.takeCancel() { return .ignore }
        guard self.cancels.take(now: now) else { throw ProtocolViolation(.tooMuch, "too many cancelled calls") }
        return isOver ? .ignore : .cancelHandler
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
            if !self.crossing.takeCredit() { try self.spendIdleFrame(now: now) }
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
        self.end(at: index)
        return true
    }

    mutating func finish(_ id: StreamID) -> ServerConnectionMachine.OnFinish {
        guard let stream = self.streams.removeValue(forKey: id) else { return .discard(connectionCredit: nil) }
        let held = stream.receive.held
        let credit = held > 0 ? self.receive.consume(held) : nil
        guard stream.phase != .over else {
            self.overCount -= 1
            return .discard(connectionCredit: credit)
        }
        self.countCrossing(stream)
        return .sendEnd(connectionCredit: credit)
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
