import LikenessWire
import NIOCore
import Testing

/// A client and a server machine talk through queues that deliver late and in order. Whatever they do, neither may
/// think that the other breaks the rules, every call ends once, and limits hold.
@Suite struct RandomConversationTests {
    @Test(arguments: 0..<300 as Range<UInt64>) func `honest peers never break the rules`(seed: UInt64) throws {
        var conversation = Conversation(seed: seed)
        for _ in 0..<600 { conversation.step() }
        conversation.finish()
        #expect(conversation.problem == nil, "seed \(seed)")
        #expect(conversation.opened == conversation.ended, "seed \(seed)")
        #expect(conversation.runningPeak <= 10, "seed \(seed)")
        #expect(conversation.refused == 0, "seed \(seed)")
        // Whatever crossed an END, none of it counts against the client.
        #expect(conversation.server.idleFrameCount == 0, "seed \(seed)")
    }

    @Test(arguments: 0..<300 as Range<UInt64>) func `no sequence of events breaks a server`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var settings = Settings()
        settings.streamsMax = 4
        settings.streamCreditBytes = 4_096
        settings.connectionCreditBytes = 8_192
        var machine = ServerConnectionMachine(settings: settings)
        var now = NIODeadline.uptimeNanoseconds(1)
        var running: Set<StreamID> = []
        for _ in 0..<400 {
            let id = StreamID.random(in: 0...20, using: &random)
            now = now + .milliseconds(Int64.random(in: 0...100, using: &random))
            let wasClosed = machine.isClosed
            switch Int.random(in: 0...11, using: &random) {
            case 0: _ = machine.helloArrived(Settings())
            case 1, 2:
                if machine.requestArrived(id, isLast: .random(using: &random)) == .dispatch { running.insert(id) }
            case 3:
                let byteCount = Bool.random(using: &random) ? nil : Int.random(in: 0...2_000, using: &random)
                _ = machine.messageArrived(id, byteCount: byteCount, isLast: .random(using: &random), now: now)
            case 4: _ = machine.cancelArrived(id, now: now)
            case 5: _ = machine.creditArrived(id, bytes: .random(in: 0...50_000, using: &random), now: now)
            case 6: _ = machine.pingArrived(now: now)
            case 7: _ = machine.deadlinePassed(id)
            case 8:
                if case .sendEnd = machine.handlerFinished(id) { #expect(running.contains(id)) }
                running.remove(id)
            case 9: _ = machine.messageToSend(id, byteCount: 100)
            case 10: _ = machine.messageConsumed(id, byteCount: 0)
            default: if Int.random(in: 0...50, using: &random) == 0 { _ = machine.drain() }
            }
            if machine.isClosed { running = [] }
            #expect(machine.runningCount == running.count, "seed \(seed)")
            #expect(machine.runningCount <= 8)
            #expect(!wasClosed || machine.isClosed, "a closed connection stays closed")
        }
    }
}

/// Both sides and what is on its way between them.
private struct Conversation {
    var random: SplitMix
    var client: ClientConnectionMachine
    var server: ServerConnectionMachine
    var toServer: [Frame] = []
    var toClient: [Frame] = []
    var waiting: Set<StreamID> = []
    /// Messages delivered to each handler and not consumed.
    var handlers: [StreamID: [Int]] = [:]
    var callers: [StreamID: [Int]] = [:]
    var sending: Set<StreamID> = []
    var now = NIODeadline.uptimeNanoseconds(1)
    var opened = 0
    var ended = 0
    var runningPeak = 0
    /// Calls that the server had no place for although the client kept to the limit.
    var refused = 0
    /// The client gives credit back for each message as it comes, whatever its own machine would save up.
    let givesCreditAtOnce: Bool
    var problem: ProtocolViolation?

    init(seed: UInt64) {
        self.random = SplitMix(seed: seed)
        var settings = Settings()
        settings.streamsMax = 5
        settings.streamCreditBytes = 2_000
        settings.connectionCreditBytes = 5_000
        self.givesCreditAtOnce = seed % 2 == 1
        var own = settings
        if self.givesCreditAtOnce {
            own.streamCreditBytes = 1 << 30
            own.connectionCreditBytes = 1 << 30
        }
        self.client = ClientConnectionMachine(settings: own)
        self.server = ServerConnectionMachine(settings: settings)
        _ = self.client.helloArrived(settings)
        _ = self.server.helloArrived(settings)
    }

    mutating func step() {
        self.now = self.now + .milliseconds(Int64.random(in: 5...30, using: &self.random))
        switch Int.random(in: 0...9, using: &self.random) {
        case 0:
            let isLast = Bool.random(using: &self.random)
            if case .send(let id) = self.client.openStream(isLast: isLast) {
                self.opened += 1
                self.waiting.insert(id)
                self.callers[id] = []
                if !isLast { self.sending.insert(id) }
                self.toServer.append(.request(id, RequestHead(method: "m"), message: nil, isLast: isLast))
            }
        case 1:
            if let id = self.waiting.randomElement(using: &self.random), Int.random(in: 0...5, using: &self.random) == 0
            {
                self.cancel(id)
            }
        case 2: if let id = self.sending.randomElement(using: &self.random) { self.clientSends(id) }
        case 3: if let id = self.handlers.keys.sorted().randomElement(using: &self.random) { self.serverSends(id) }
        case 4: if let id = self.handlers.keys.sorted().randomElement(using: &self.random) { self.serverConsumes(id) }
        case 5: if let id = self.callers.keys.sorted().randomElement(using: &self.random) { self.clientConsumes(id) }
        case 6: if let id = self.handlers.keys.sorted().randomElement(using: &self.random) { self.serverEnds(id) }
        default:
            if Bool.random(using: &self.random) { self.deliverToServer() } else { self.deliverToClient() }
        }
        self.runningPeak = max(self.runningPeak, self.server.runningCount)
    }

    /// Lets everything in flight arrive and every handler end.
    mutating func finish() {
        while self.problem == nil, !self.toServer.isEmpty || !self.toClient.isEmpty || !self.handlers.isEmpty {
            self.now = self.now + .milliseconds(20)
            self.deliverToServer()
            self.deliverToClient()
            if let id = self.handlers.keys.first { self.serverEnds(id) }
        }
    }

    private mutating func cancel(_ id: StreamID) {
        guard case .sendCancel(let credit) = self.client.cancel(id) else { return }
        self.toServer.append(.cancel(id))
        if let credit, !self.givesCreditAtOnce { self.toServer.append(.credit(0, bytes: credit)) }
        self.clientDone(id)
        self.callers[id] = nil
    }

    private mutating func clientDone(_ id: StreamID) {
        self.waiting.remove(id)
        self.sending.remove(id)
        self.ended += 1
    }

    private mutating func clientSends(_ id: StreamID) {
        let isLast = Int.random(in: 0...4, using: &self.random) == 0
        let byteCount = isLast && Bool.random(using: &self.random) ? nil : Int.random(in: 0...900, using: &self.random)
        let attempt = self.client.messageToSend(id, byteCount: byteCount, isLast: isLast)
        if byteCount == nil, attempt == .wait {
            self.problem = ProtocolViolation(.flowControl, "the end of the messages waits for credit")
        }
        guard attempt == .send else { return }
        if isLast { self.sending.remove(id) }
        let message = byteCount.map { ByteBuffer(repeating: 0, count: $0) }
        self.toServer.append(.message(id, message, isLast: isLast))
    }

    private mutating func serverSends(_ id: StreamID) {
        let byteCount = Int.random(in: 0...900, using: &self.random)
        guard self.server.messageToSend(id, byteCount: byteCount) == .send else { return }
        self.toClient.append(.message(id, ByteBuffer(repeating: 0, count: byteCount), isLast: false))
    }

    private mutating func serverConsumes(_ id: StreamID) {
        guard let byteCount = self.handlers[id]?.popLast() else { return }
        let credits = self.server.messageConsumed(id, byteCount: byteCount)
        if let bytes = credits.stream { self.toClient.append(.credit(id, bytes: bytes)) }
        if let bytes = credits.connection { self.toClient.append(.credit(0, bytes: bytes)) }
    }

    private mutating func clientConsumes(_ id: StreamID) {
        guard let byteCount = self.callers[id]?.popLast() else { return }
        let credits = self.client.messageConsumed(id, byteCount: byteCount)
        if let bytes = credits.stream { self.toServer.append(.credit(id, bytes: bytes)) }
        if let bytes = credits.connection { self.toServer.append(.credit(0, bytes: bytes)) }
    }

    private mutating func serverEnds(_ id: StreamID) {
        self.handlers[id] = nil
        switch self.server.handlerFinished(id) {
        case .sendEnd(let credit):
            if let credit { self.toClient.append(.credit(0, bytes: credit)) }
            self.toClient.append(.end(id, .ok, message: nil, wasNotProcessed: false))
        case .discard(let credit): if let credit { self.toClient.append(.credit(0, bytes: credit)) }
        }
    }

    private mutating func deliverToServer() {
        guard !self.toServer.isEmpty else { return }
        switch self.toServer.removeFirst() {
        case .request(let id, _, _, let isLast):
            switch self.server.requestArrived(id, isLast: isLast) {
            case .dispatch: self.handlers[id] = []
            case .refuse(let refusal):
                if refusal != .tooManyStopping { self.refused += 1 }
                self.toClient.append(.end(id, Status(.resourceExhausted), message: nil, wasNotProcessed: true))
            case .fail(let violation): self.problem = violation
            case .drop: break
            }
        case .message(let id, let message, let isLast):
            switch self.server.messageArrived(id, byteCount: message?.readableBytes, isLast: isLast, now: self.now) {
            case .deliver: if let message { self.handlers[id]?.append(message.readableBytes) }
            case .ignore(let credit): if let credit { self.toClient.append(.credit(0, bytes: credit)) }
            case .failStream: self.problem = ProtocolViolation(.protocolError, "a message after the last")
            case .fail(let violation): self.problem = violation
            case .drop: break
            }
        case .cancel(let id):
            if case .fail(let violation) = self.server.cancelArrived(id, now: self.now) { self.problem = violation }
        case .credit(let id, let bytes):
            if case .fail(let violation) = self.server.creditArrived(id, bytes: bytes, now: self.now) {
                self.problem = violation
            }
        default: break
        }
    }

    private mutating func deliverToClient() {
        guard !self.toClient.isEmpty else { return }
        switch self.toClient.removeFirst() {
        case .end(let id, _, _, _):
            switch self.client.endArrived(id) {
            case .complete: self.clientDone(id)
            case .ignore, .drop: break
            case .fail(let violation): self.problem = violation
            }
        case .message(let id, let message, _):
            let byteCount = message?.readableBytes ?? 0
            switch self.client.messageArrived(id, byteCount: byteCount, isLast: false) {
            case .deliver where self.givesCreditAtOnce:
                self.toServer.append(.credit(id, bytes: UInt32(byteCount + Frame.messageOverheadBytes)))
                self.toServer.append(.credit(0, bytes: UInt32(byteCount + Frame.messageOverheadBytes)))
            case .ignore where self.givesCreditAtOnce:
                self.toServer.append(.credit(0, bytes: UInt32(byteCount + Frame.messageOverheadBytes)))
            case .deliver: self.callers[id]?.append(byteCount)
            case .ignore(let credit): if let credit { self.toServer.append(.credit(0, bytes: credit)) }
            case .fail(let violation): self.problem = violation
            case .drop: break
            }
        case .credit(let id, let bytes):
            if case .fail(let violation) = self.client.creditArrived(id, bytes: bytes, now: self.now) {
                self.problem = violation
            }
        default: break
        }
    }
}
