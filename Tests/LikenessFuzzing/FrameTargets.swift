internal import LikenessWire
internal import NIOCore

extension FuzzTarget {
    private static let frameBytesMax: UInt32 = 1 << 16
    private static let metadataBytesMax: UInt32 = 1 << 12

    /// The frame decoder. First byte: how many bytes come at once; then what a peer sends.
    ///
    /// However the bytes are cut, the same frames come out and the same violation ends them; and what can be written again
    /// reads the same.
    static let frames = FuzzTarget(name: "frames") { bytes in
        var input = FuzzInput(bytes)
        let pieceBytes = Int(input.byte()) + 1
        let stream = ByteBuffer(bytes: input.rest())
        let whole = Self.decode(stream, pieceBytes: max(stream.readableBytes, 1))
        let pieces = Self.decode(stream, pieceBytes: pieceBytes)
        precondition(whole.frames == pieces.frames, "the cuts change the frames")
        precondition(whole.violation == pieces.violation, "the cuts change the violation")
        for frame in whole.frames { Self.writeAndReadAgain(frame) }
    }

    /// The readers of HELLO, REQUEST, END and GOAWAY. First two bytes: kind and flags; then the payload.
    static let headers = FuzzTarget(name: "headers") { bytes in
        var input = FuzzInput(bytes)
        let kinds: [FrameKind] = [.hello, .request, .end, .goaway]
        let kind = kinds[Int(input.byte()) % kinds.count]
        let flags = input.byte()
        let payload = input.rest()
        guard payload.count < Int(Self.frameBytesMax) - Frame.countedHeaderByteCount else { return }
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(payload.count + Frame.countedHeaderByteCount))
        buffer.writeMultipleIntegers(kind.rawValue, flags, kind == .request || kind == .end ? UInt32(1) : 0)
        buffer.writeBytes(payload)
        let decoded = Self.decode(buffer, pieceBytes: buffer.readableBytes)
        precondition(decoded.frames.count + (decoded.violation == nil ? 0 : 1) == 1, "one frame or one violation")
        for frame in decoded.frames {
            if case .request(_, let head, _, _) = frame {
                precondition(head.method.utf8.count <= RequestHead.methodBytesMax)
                precondition(head.metadata.encodedByteCount <= Int(Self.metadataBytesMax))
            }
            Self.writeAndReadAgain(frame)
        }
    }

    private static func decode(
        _ stream: ByteBuffer,
        pieceBytes: Int
    ) -> (frames: [Frame], violation: ProtocolViolation?) {
        var decoder = FrameDecoder()
        decoder.frameBytesMax = Self.frameBytesMax
        decoder.metadataBytesMax = Self.metadataBytesMax
        var rest = stream
        var frames: [Frame] = []
        do throws(ProtocolViolation) {
            while let piece = rest.readSlice(length: min(pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
                decoder.append(piece)
                while let frame = try decoder.next() { frames.append(frame) }
            }
            return (frames, nil)
        } catch {
            return (frames, error)
        }
    }

    private static func writeAndReadAgain(_ frame: Frame) {
        var buffer = ByteBuffer()
        switch frame {
        case .hello(let settings): buffer.writeHello(settings)
        case .request(let id, let head, let message, let isLast):
            guard head.defect == nil else { return }
            if var message {
                buffer.writeRequest(id, head, isLast: isLast) { $0.writeBuffer(&message) }
            } else {
                buffer.writeRequest(id, head, isLast: isLast)
            }
        case .message(let id, let message, let isLast):
            guard var message else { return }
            buffer.writeMessage(id, isLast: isLast) { $0.writeBuffer(&message) }
        case .end(let id, let status, let message, let wasNotProcessed):
            guard message == nil else { return }
            buffer.writeEnd(id, status, wasNotProcessed: wasNotProcessed)
        case .cancel(let id): buffer.writeCancel(id)
        case .credit(let id, let bytes): buffer.writeCredit(id, bytes: bytes)
        case .ping(let value): buffer.writePing(value)
        case .pong(let value): buffer.writePong(value)
        case .goaway(let goaway): buffer.writeGoaway(goaway)
        case .unknown: return
        }
        // Bytes that are not UTF-8 were read as U+FFFD, which is longer.
        guard buffer.readableBytes <= Int(Self.frameBytesMax) else { return }
        let again = Self.decode(buffer, pieceBytes: buffer.readableBytes)
        guard again.violation == nil else { preconditionFailure("what was written is not read: \(frame)") }
        precondition(again.frames == [frame], "what was written reads otherwise: \(frame)")
    }
}
