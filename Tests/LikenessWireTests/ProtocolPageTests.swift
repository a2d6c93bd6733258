import LikenessWire
import NIOCore
import Testing

/// The protocol page and the code say the same.
@Suite struct ProtocolPageTests {
    static let head = {
        var metadata = Metadata()
        metadata.add("trace-id", "abc123")
        return RequestHead(
            method: "likeness.v1.AdminService/GetVersion",
            timeoutMicroseconds: 2_500_000,
            metadata: metadata
        )
    }()

    static let expected: [String: Frame] = [
        "hello": .hello(
            {
                var settings = Settings()
                settings.frameBytesMax = 1_048_576
                settings.streamsMax = 8
                return settings
            }()
        ),
        "request": .request(1, Self.head, message: ByteBuffer(), isLast: true),
        "message": .message(5, ByteBuffer(bytes: [0x08, 0x05]), isLast: true),
        "end": .end(1, .ok, message: ByteBuffer(bytes: [0x08, 0x01]), wasNotProcessed: false),
        "refusal": .end(3, Status(.unavailable, "closing"), message: nil, wasNotProcessed: true),
        "cancel": .cancel(1),
        "credit": .credit(5, bytes: 32_768),
        "ping": .ping(42),
        "pong": .pong(42),
        "goaway": .goaway(Goaway(lastStream: 7, code: .leaving, text: "bye")),
    ]

    @Test func `every example is expected and every expectation has an example`() {
        #expect(Set(ProtocolPage.examples.keys) == Set(Self.expected.keys))
    }

    @Test(arguments: Self.expected.keys.sorted()) func `an example decodes to what it says`(name: String) throws {
        let bytes = try #require(ProtocolPage.examples[name])
        var decoder = FrameDecoder()
        decoder.append(bytes)
        #expect(try decoder.next() == Self.expected[name])
        #expect(try decoder.next() == nil)
        #expect(!decoder.isInsideFrame)
    }

    @Test(arguments: Self.expected.keys.sorted()) func `what it says encodes to the example`(name: String) throws {
        // This side's HELLO names all settings.
        guard name != "hello", let frame = Self.expected[name] else { return }
        var bytes = ByteBuffer()
        bytes.write(frame)
        #expect(try bytes == #require(ProtocolPage.examples[name]))
    }
}

extension ByteBuffer {
    /// Appends a frame as the side that sends it would.
    mutating func write(_ frame: Frame) {
        switch frame {
        case .hello(let settings): self.writeHello(settings)
        case .request(let id, let head, let message?, let isLast):
            self.writeRequest(id, head, isLast: isLast) { $0.writeImmutableBuffer(message) }
        case .request(let id, let head, nil, let isLast): self.writeRequest(id, head, isLast: isLast)
        case .message(let id, let message?, let isLast):
            self.writeMessage(id, isLast: isLast) { $0.writeImmutableBuffer(message) }
        case .message(let id, nil, _): self.writeNoMoreMessages(id)
        case .end(let id, let status, let message?, _):
            self.writeEnd(id, trailers: status.trailers) { $0.writeImmutableBuffer(message) }
        case .end(let id, let status, nil, let wasNotProcessed):
            self.writeEnd(id, status, wasNotProcessed: wasNotProcessed)
        case .cancel(let id): self.writeCancel(id)
        case .credit(let id, let bytes): self.writeCredit(id, bytes: bytes)
        case .ping(let value): self.writePing(value)
        case .pong(let value): self.writePong(value)
        case .goaway(let goaway): self.writeGoaway(goaway)
        case .unknown(let kind):
            self.writeMultipleIntegers(UInt32(6), kind, UInt8(0), UInt32(0))
        }
    }
}
