import LikenessWire
import NIOCore
import NIOEmbedded
import Testing

@testable import LikenessLoad
@testable import LikenessTLS

/// Keeps what a connection tells.
private final class Listener: LoadConnectionOwner {
    var opened = 0
    var lost: [String] = []
    var outcomes: [String] = []
    var messages: [(hasOneBefore: Bool, isAnswer: Bool)] = []

    func connectionOpened(_ connection: LoadConnection) { self.opened += 1 }

    func callEnded(_ call: LoadCall, on connection: LoadConnection, _ outcome: LoadCall.Outcome) {
        switch outcome {
        case .answered(let message): self.outcomes.append("answered \(message?.readableBytes ?? -1)")
        case .failed(let code, _): self.outcomes.append(code)
        case .open: self.outcomes.append("open")
        }
    }

    func messageCame(on connection: LoadConnection, now: UInt64, before: UInt64?, answered: UInt64?) {
        self.messages.append((before != nil, answered != nil))
    }

    func connectionLost(_ connection: LoadConnection, cause: String) { self.lost.append(cause) }
    func readBurstEnded(_ connection: LoadConnection) {}
}

/// The connection without TLS or a socket, and what a server would see.
private struct Bench {
    let listener = Listener()
    let connection: LoadConnection
    let channel: EmbeddedChannel
    private var decoder = FrameDecoder()

    init(server settings: Settings) throws {
        self.connection = LoadConnection(index: 0, owner: self.listener)
        self.channel = EmbeddedChannel(handler: self.connection)
        try self.channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).wait()
        let event = TLSHandshakeCompleted(version: "TLSv1.3", applicationProtocol: "likeness/1", peer: nil)
        self.channel.pipeline.fireUserInboundEventTriggered(event)
        try self.arrive { $0.writeHello(settings) }
        _ = try self.sent()
        self.decoder.frameBytesMax = settings.frameBytesMax
    }

    func arrive(_ write: (inout ByteBuffer) -> Void) throws {
        var bytes = ByteBuffer()
        write(&bytes)
        try self.channel.writeInbound(bytes)
    }

    mutating func sent() throws -> [Frame] {
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { self.decoder.append(bytes) }
        var frames: [Frame] = []
        while let frame = try self.decoder.next() { frames.append(frame) }
        return frames
    }

    func send(_ request: PreparedRequest) {
        self.connection.send(LoadCall(choice: .init(kind: 0, request: 0), request: request, planned: 0, sent: 0))
        self.connection.flush()
    }
}

@Suite struct LoadConnectionTests {
    private func stream(_ count: Int) -> PreparedRequest {
        PreparedRequest(
            method: "a.B/C",
            messages: Array(repeating: [UInt8](repeating: 7, count: 800), count: count),
            streamsRequests: true,
            timeout: .seconds(1)
        )
    }

    @Test func `messages of a stream wait for credit and keep their order`() throws {
        var settings = Settings()
        settings.streamCreditBytes = 1_024
        var bench = try Bench(server: settings)
        bench.send(self.stream(4))
        var frames = try bench.sent()
        guard case .request(1, let head, message: nil, isLast: false) = frames.removeFirst() else {
            Issue.record("no REQUEST")
            return
        }
        #expect(head.method == "a.B/C" && head.timeoutMicroseconds == 1_000_000)
        // 832 each of 1,024: the second overdraws it.
        #expect(frames.count == 2)
        try bench.arrive { $0.writeCredit(1, bytes: 5_000) }
        frames += try bench.sent()
        let lasts = frames.compactMap { frame in if case .message(1, _, let isLast) = frame { isLast } else { nil } }
        #expect(lasts == [false, false, false, true])
        try bench.arrive { buffer in buffer.writeEnd(1, trailers: Metadata()) { $0.writeBytes([1, 2, 3]) } }
        #expect(bench.listener.outcomes == ["answered 3"])
    }

    @Test func `messages of an answer are counted and paid for`() throws {
        var bench = try Bench(server: Settings())
        bench.send(PreparedRequest(method: "a.B/C", messages: [[1]], timeout: .seconds(1)))
        _ = try bench.sent()
        for _ in 0..<3 {
            try bench.arrive { buffer in
                buffer.writeMessage(1, isLast: false) { $0.writeRepeatingByte(1, count: 700_000) }
            }
        }
        let credits = try bench.sent().compactMap { frame in if case .credit(let id, _) = frame { id } else { nil } }
        #expect(credits.contains(1))
        try bench.arrive { $0.writeEnd(1, Status(.ok)) }
        #expect(bench.listener.outcomes == ["answered 700000"])
        #expect(bench.connection.takeTraffic().messagesReceived == 3)
        #expect(bench.connection.takeTraffic().messagesReceived == 0)
        #expect(bench.connection.callCount == 0)
    }

    @Test func `in lockstep a message waits for the answer to the one before, and each answer is told`() throws {
        var bench = try Bench(server: Settings())
        bench.send(
            PreparedRequest(
                method: "a.B/C",
                messages: [[1], [2]],
                streamsRequests: true,
                streamsAnswers: true,
                messageCount: 3,
                isLockstep: true,
                timeout: nil
            )
        )
        #expect(try bench.sent().count == 2)
        var sent: [Bool] = []
        for _ in 0..<3 {
            try bench.arrive { buffer in buffer.writeMessage(1, isLast: false) { $0.writeBytes([9]) } }
            sent += try bench.sent().compactMap { if case .message(1, _, let isLast) = $0 { isLast } else { nil } }
        }
        #expect(sent == [false, true])
        #expect(bench.listener.messages.map(\.hasOneBefore) == [false, true, true])
        #expect(bench.listener.messages.map(\.isAnswer) == [true, true, true])
        // It has no deadline, and the end of a run is not an error.
        bench.connection.expire(now: .max)
        #expect(bench.listener.outcomes.isEmpty)
        bench.connection.endStreams()
        #expect(try bench.sent() == [.cancel(1)])
        #expect(bench.listener.outcomes == ["open"] && bench.connection.callCount == 0)
    }

    @Test func `failures, refusals and a lost connection end every call once`() throws {
        var settings = Settings()
        settings.streamsMax = 2
        let bench = try Bench(server: settings)
        let request = PreparedRequest(method: "a.B/C", messages: [[1]], timeout: .seconds(1))
        bench.send(request)
        bench.send(request)
        #expect(!bench.connection.hasRoom)
        try bench.arrive { $0.writeEnd(1, Status(.resourceExhausted, "busy")) }
        #expect(bench.connection.hasRoom)
        bench.send(request)
        try bench.arrive { $0.writeGoaway(Goaway(lastStream: 3, code: .leaving, text: "")) }
        #expect(bench.listener.outcomes == ["RESOURCE_EXHAUSTED", "UNAVAILABLE"])
        #expect(!bench.connection.hasRoom)
        _ = try? bench.channel.finish()
        #expect(bench.listener.outcomes == ["RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNAVAILABLE"])
        #expect(bench.listener.lost.count == 1)
    }

    @Test func `an overdue call is given up and the server told`() throws {
        var bench = try Bench(server: Settings())
        bench.send(PreparedRequest(method: "a.B/C", messages: [[1]], timeout: .seconds(1)))
        _ = try bench.sent()
        bench.connection.expire(now: 2_000_000_000)
        #expect(try bench.sent() == [.cancel(1)])
        #expect(bench.listener.outcomes == ["DEADLINE_EXCEEDED"])
        // An answer that comes after all is for nobody.
        try bench.arrive { $0.writeEnd(1, Status(.ok)) }
        #expect(bench.listener.outcomes.count == 1 && bench.listener.lost.isEmpty)
    }
}
