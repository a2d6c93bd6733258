internal import LikenessWire
internal import NIOCore

extension FuzzTarget {
    /// The server's connection machine under any sequence of events, beside a model of what it may hold.
    static let connection = FuzzTarget(name: "connection") { bytes in
        var run = ConnectionRun()
        var input = FuzzInput(bytes)
        while !input.isEmpty { run.step(&input) }
    }
}

/// One server machine and what must be true of it.
private struct ConnectionRun {
    private static let streamsMax = 4
    private static let streamCredit = 4_096
    private static let connectionCredit = 8_192

    private var machine: ServerConnectionMachine
    private var now = NIODeadline.uptimeNanoseconds(1)
    /// Handlers that run, with the bytes delivered to each and not yet taken.
    private var running: [StreamID: [Int]] = [:]
    /// Streams whose answer went out, or is not wanted, while the handler runs on.
    private var answered: Set<StreamID> = []
    private var lastStream: StreamID = 0
    /// Frames that may have been counted against the peer.
    private var idleMax = 0

    init() {
        var settings = Settings()
        settings.streamsMax = UInt32(Self.streamsMax)
        settings.streamCreditBytes = UInt32(Self.streamCredit)
        settings.connectionCreditBytes = UInt32(Self.connectionCredit)
        self.machine = ServerConnectionMachine(settings: settings)
    }

    mutating func step(_ input: inout FuzzInput) {
        let event = input.byte()
        let id = StreamID(input.byte())
        let wasClosed = self.machine.isClosed
        self.now = self.now + .milliseconds(Int64(event >> 4))
        switch event % 12 {
        case 0: _ = self.machine.helloArrived(Settings())
        case 1, 2: self.request(id, isLast: event & 0x80 != 0)
        case 3, 4:
            let number = input.number() % 3_001
            self.message(id, byteCount: number == 3_000 ? nil : number, isLast: event & 0x80 != 0)
        case 5:
            if case .cancelHandler = self.machine.cancelArrived(id, now: self.now) { self.answer(id) }
        case 6:
            let bytes = UInt32(input.number()) << (event >> 4)
            let hasEffect = bytes > 0 && (id == 0 || self.running[id] != nil && !self.answered.contains(id))
            if !hasEffect { self.idleMax += 1 }
            _ = self.machine.creditArrived(id, bytes: bytes, now: self.now)
        case 7:
            if event & 0x80 == 0 {
                _ = self.machine.pingArrived(now: self.now)
            } else {
                self.idleMax += 1
                _ = self.machine.idleFrameArrived(now: self.now)
            }
        case 8:
            if case .answerAndCancelHandler = self.machine.deadlinePassed(id) { self.answer(id) }
        case 9: self.finish(id)
        case 10: self.send(id, byteCount: input.number())
        default: self.consumeOrLeave(id, input.byte())
        }
        precondition(!wasClosed || self.machine.isClosed, "a closed connection opens again")
        if self.machine.isClosed {
            self.running = [:]
            self.answered = []
        }
        precondition(self.machine.runningCount == self.running.count, "the count of running handlers is wrong")
        precondition(self.running.count <= 2 * Self.streamsMax, "more handlers than twice the limit")
        precondition(self.running.count - self.answered.count <= Self.streamsMax, "more calls than the limit")
        precondition(self.machine.idleFrameCount <= self.idleMax, "a frame with an effect was counted as one without")
    }

    /// Bytes delivered to handlers and not taken.
    private var held: Int { self.running.values.reduce(0) { $0 + $1.reduce(0, +) } }

    private mutating func request(_ id: StreamID, isLast: Bool) {
        guard case .dispatch = self.machine.requestArrived(id, isLast: isLast) else { return }
        precondition(id % 2 == 1 && id > self.lastStream, "a stream number that must be refused")
        self.lastStream = id
        self.running[id] = []
    }

    private mutating func message(_ id: StreamID, byteCount: Int?, isLast: Bool) {
        if self.running[id] == nil || self.answered.contains(id) { self.idleMax += 1 }
        switch self.machine.messageArrived(id, byteCount: byteCount, isLast: isLast, now: self.now) {
        case .deliver:
            guard let held = self.running[id], !self.answered.contains(id) else {
                preconditionFailure("a message for a call that is over")
            }
            guard byteCount != nil || !isLast else { return }
            // The last message may be larger than what was left.
            precondition(held.reduce(0, +) < Self.streamCredit, "more than the stream's window")
            precondition(self.held < Self.connectionCredit, "more than the connection's window")
            self.running[id]?.append(byteCount ?? 0)
        case .failStream: self.answer(id)
        case .ignore, .fail, .drop: break
        }
    }

    private mutating func answer(_ id: StreamID) {
        precondition(self.running[id] != nil, "an answer for a call that is not running")
        precondition(self.answered.insert(id).inserted, "two answers for one call")
    }

    private mutating func finish(_ id: StreamID) {
        if case .sendEnd = self.machine.handlerFinished(id) {
            precondition(self.running[id] != nil && !self.answered.contains(id), "END for a call that is over")
        }
        self.running[id] = nil
        self.answered.remove(id)
    }

    private mutating func send(_ id: StreamID, byteCount: Int) {
        if case .send = self.machine.messageToSend(id, byteCount: byteCount) {
            precondition(self.running[id] != nil && !self.answered.contains(id), "a message for a call that is over")
        }
    }

    private mutating func consumeOrLeave(_ id: StreamID, _ choice: UInt8) {
        switch choice {
        case 0: _ = self.machine.drain()
        case 1: self.machine.close()
        default:
            // A handler takes what was delivered to it, and only that.
            guard let byteCount = self.running[id]?.first else { return }
            self.running[id]?.removeFirst()
            _ = self.machine.messageConsumed(id, byteCount: byteCount)
        }
    }
}
