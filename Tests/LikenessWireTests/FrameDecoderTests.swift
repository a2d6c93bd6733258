import LikenessWire
import NIOCore
import Testing

@Suite struct FrameDecoderTests {
    static let richStatus = Status(
        .invalidArgument,
        "falsch: ä",
        details: [StatusDetail(type: "likeness.rpc.v1.ErrorInfo", value: [1, 2, 3])],
        trailers: Metadata(["server-timing": "db=3", "server-timing": "tls=1"])
    )

    static let frames: [Frame] =
        Array(ProtocolPageTests.expected.values) + [
            .request(9, RequestHead(method: "a/b"), message: nil, isLast: false),
            .message(9, ByteBuffer(), isLast: false), .message(9, nil, isLast: true),
            .end(9, richStatus, message: nil, wasNotProcessed: false), .unknown(kind: 200),
            .hello(Settings()),
        ]

    @Test func `frames survive any cutting of the stream`() throws {
        var bytes = ByteBuffer()
        for frame in Self.frames { bytes.write(frame) }
        for size in [1, 2, 3, 7, 64, 10_000] {
            var decoder = FrameDecoder()
            var rest = bytes
            var found: [Frame] = []
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
                decoder.append(piece)
                while let frame = try decoder.next() { found.append(frame) }
            }
            #expect(found == Self.frames, "pieces of \(size)")
            #expect(!decoder.isInsideFrame)
        }
    }

    @Test(arguments: [0, 1, 5] as [UInt32]) func `a length shorter than the header is refused`(length: UInt32) {
        Self.expectViolation(.protocolError, ByteBuffer(integer: length))
    }

    @Test(arguments: [UInt32.max, 16_385]) func `a length over the limit is refused before the payload comes`(
        length: UInt32
    ) {
        Self.expectViolation(.frameTooLarge, ByteBuffer(integer: length))
    }

    @Test func `the limit is the last length that is allowed`() throws {
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(integer: UInt32(16_384)))
        #expect(try decoder.next() == nil)
        #expect(decoder.isInsideFrame)
    }

    @Test func `other protocols are refused`() throws {
        for text in ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"] {
            Self.expectViolation(.frameTooLarge, ByteBuffer(string: text))
        }
        // PostgreSQL's SSLRequest: a length of 8, then a kind that is not known on a stream that is none.
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(bytes: [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F]))
        #expect(try decoder.next() == nil)
    }

    @Test(arguments: [
        "07 00 00000001 0000000000000001",  // PING on a stream
        "07 00 00000000 00000001", "07 00 00000000 000000000000000001",  // PING of 4 and 9 bytes
        "05 00 00000000",  // CANCEL on stream 0
        "05 00 00000001 00",  // CANCEL with a payload
        "06 00 00000001 0001",  // CREDIT of 2 bytes
        "02 00 00000000 0000000000000000 0000 0000",  // REQUEST on stream 0
        "02 03 00000001 00000000",  // REQUEST that ends in its timeout
        "02 03 00000001 0000000000000000 0005 6162",  // method past the end
        "02 03 00000001 0000000000000000 0001 61 0001 0001 61 00000009 62",  // metadata past the end
        "02 02 00000001 0000000000000000 0001 61 0000 00",  // bytes without HAS_MESSAGE
        "03 02 00000001 00",  // the same on MESSAGE
        "04 00 00000001 00 0000 0001",  // details past the end
        "04 01 00000001 05 0000 0000 0000 00",  // an answer with an error
        "01 00 00000000 0001 0001 0001",  // setting past the end
        "01 00 00000000 0001 0001 0001 00000010",  // a frame limit of 16
        "01 00 00000000 0001 0000 00",  // bytes after the settings
        "09 00 00000000 00000000 0000 0004 61",  // GOAWAY's text past the end
    ]) func `a malformed payload is refused`(hex: String) {
        Self.expectViolation(.protocolError, Self.frame(hex))
    }

    @Test func `another version is refused for what it is`() {
        Self.expectViolation(.unsupportedVersion, Self.frame("01 00 00000000 0063 0000"))
    }

    @Test func `unknown settings are passed over and the last of a setting counts`() throws {
        var decoder = FrameDecoder()
        decoder.append(Self.frame("01 00 00000000 0001 0003 0099 00000000 0003 00000005 0003 00000006"))
        var expected = Settings()
        expected.streamsMax = 6
        #expect(try decoder.next() == .hello(expected))
    }

    @Test(arguments: [
        ("02 03 00000001 0000000000000000 0001 FF 0000", RequestHead.Defect.methodNotText),
        ("02 03 00000001 0000000000000000 0001 61 0001 0001 41 00000000", .metadataKeyInvalid),
        ("02 03 00000001 0000000000000000 0001 61 0001 0000 00000000", .metadataKeyInvalid),
        ("02 03 00000001 0000000000000000 0001 61 0001 0001 61 00000001 FF", .metadataValueNotText),
    ]) func `a defect of a request's head is the request's, not the connection's`(
        hex: String,
        defect: RequestHead.Defect
    )
        throws
    {
        var decoder = FrameDecoder()
        decoder.append(Self.frame(hex))
        guard case .request(1, let head, _, _) = try decoder.next() else { throw Unexpected() }
        #expect(head.defect == defect)
    }

    @Test func `long methods and too much metadata are defects`() throws {
        let long = RequestHead(method: String(repeating: "m", count: 256))
        var full = RequestHead(method: "a/b")
        for index in 0..<600 { full.metadata.add("key-\(index)", "0123456789abcdef") }
        for (head, defect) in [(long, RequestHead.Defect.methodTooLong), (full, .metadataTooLarge)] {
            var bytes = ByteBuffer()
            bytes.writeRequest(1, head, isLast: true) { _ in }
            var decoder = FrameDecoder()
            decoder.frameBytesMax = 1 << 20
            decoder.append(bytes)
            guard case .request(1, let read, _, _) = try decoder.next() else { throw Unexpected() }
            #expect(read.defect == defect)
            #expect(read.metadata.isEmpty)
        }
    }

    @Test func `metadata may be as large as announced and no larger`() throws {
        for (byteCount, isTaken) in [(1_024, true), (1_025, false)] {
            var head = RequestHead(method: "a/b")
            head.metadata.add("k", [UInt8](repeating: 1, count: byteCount - 2 - 6 - 1))
            #expect(head.metadata.encodedByteCount == byteCount)
            var bytes = ByteBuffer()
            bytes.writeRequest(1, head, isLast: true) { _ in }
            var decoder = FrameDecoder()
            decoder.metadataBytesMax = 1_024
            decoder.append(bytes)
            guard case .request(1, let read, _, _) = try decoder.next() else { throw Unexpected() }
            #expect((read.defect == nil) == isTaken)
        }
    }

    @Test(arguments: 0..<200) func `random bytes never trap`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var decoder = FrameDecoder()
        var bytes = ByteBuffer()
        for _ in 0..<50 {
            // Headers that are mostly right, so that payloads are reached.
            let length = UInt32.random(in: 0...80, using: &random)
            bytes.writeMultipleIntegers(
                length,
                UInt8.random(in: 0...12, using: &random),
                UInt8.random(in: 0...7, using: &random),
                UInt32.random(in: 0...3, using: &random)
            )
            for _ in 0..<max(0, Int(length) - 6) { bytes.writeInteger(UInt8.random(in: 0...3, using: &random)) }
        }
        decoder.append(bytes)
        var count = 0
        do { while try decoder.next() != nil { count += 1 } } catch {}
        #expect(count <= 50)
    }

    @Test(
        arguments: [
            (Duration.zero, 1), (.nanoseconds(1), 1), (.microseconds(1), 1), (.milliseconds(20), 20_000),
            (.seconds(-5), 1), (.seconds(40_000_000), 31_536_000_000_000),
        ] as [(Duration, UInt64)]
    ) func `timeouts travel as microseconds`(timeout: Duration, microseconds: UInt64) {
        #expect(RequestHead.microseconds(timeout) == microseconds)
    }

    @Test func `no timeout is zero, and an endless one is a year`() {
        #expect(RequestHead.microseconds(nil) == 0)
        #expect(RequestHead(method: "", timeoutMicroseconds: 0).timeout == nil)
        #expect(RequestHead(method: "", timeoutMicroseconds: .max).timeout == .seconds(31_536_000))
    }

    struct Unexpected: Error {}

    /// A frame with its length in front.
    static func frame(_ hex: String) -> ByteBuffer {
        let digits = hex.filter { $0 != " " }
        var body = ByteBuffer()
        var index = digits.startIndex
        while index < digits.endIndex {
            let next = digits.index(index, offsetBy: 2)
            body.writeInteger(UInt8(digits[index..<next], radix: 16) ?? 0)
            index = next
        }
        var frame = ByteBuffer(integer: UInt32(body.readableBytes))
        frame.writeBuffer(&body)
        return frame
    }

    static func expectViolation(_ code: GoawayCode, _ bytes: ByteBuffer) {
        var decoder = FrameDecoder()
        decoder.append(bytes)
        do {
            let frame = try decoder.next()
            Issue.record("taken as \(String(describing: frame))")
        } catch {
            #expect(error.code == code)
        }
    }
}
