import NIOCore

/// Takes the payload of one frame apart.
struct PayloadReader {
    private var payload: ByteBuffer
    private let metadataBytesMax: Int

    init(_ payload: ByteBuffer, metadataBytesMax: Int) {
        self.payload = payload
        self.metadataBytesMax = metadataBytesMax
    }

    private static let malformed = ProtocolViolation(.protocolError, "malformed frame")

    mutating func frame(kind: UInt8, flags: FrameFlags, stream: StreamID) throws(ProtocolViolation) -> Frame {
        guard let kind = FrameKind(rawValue: kind) else { return .unknown(kind: kind) }
        switch kind {
        case .request, .message, .end, .cancel:
            guard stream != 0 else { throw ProtocolViolation(.protocolError, "a call's frame on stream 0") }
        case .hello, .ping, .pong, .goaway:
            guard stream == 0 else { throw ProtocolViolation(.protocolError, "a connection's frame on a stream") }
        case .credit: break
        }
        switch kind {
        case .hello: return .hello(try self.settings())
        case .request:
            let head = try self.requestHead()
            return .request(stream, head, message: try self.message(flags), isLast: flags.contains(.last))
        case .message: return .message(stream, try self.message(flags), isLast: flags.contains(.last))
        case .end:
            let status = try self.status()
            guard status.code == .ok || !flags.contains(.hasMessage) else { throw Self.malformed }
            return .end(
                stream,
                status,
                message: try self.message(flags),
                wasNotProcessed: flags.contains(.notProcessed)
            )
        case .cancel:
            try self.expectEnd()
            return .cancel(stream)
        case .credit: return .credit(stream, bytes: try self.whole())
        case .ping: return .ping(try self.whole())
        case .pong: return .pong(try self.whole())
        case .goaway: return .goaway(try self.goaway())
        }
    }

    private mutating func settings() throws(ProtocolViolation) -> Settings {
        let version: UInt16 = try self.integer()
        guard version == Settings.version else {
            throw ProtocolViolation(.unsupportedVersion, "this side speaks version \(Settings.version)")
        }
        var settings = Settings()
        for _ in 0..<(try self.integer() as UInt16) {
            let number: UInt16 = try self.integer()
            let value: UInt32 = try self.integer()
            guard let identifier = Settings.Identifier(rawValue: number) else { continue }
            guard identifier.range.contains(value) else {
                throw ProtocolViolation(.protocolError, "setting \(number) is out of range")
            }
            settings[keyPath: identifier.path] = value
        }
        try self.expectEnd()
        return settings
    }

    private mutating func requestHead() throws(ProtocolViolation) -> RequestHead {
        var head = RequestHead(method: "", timeoutMicroseconds: try self.integer())
        let method = try self.bytes(count: Int(try self.integer() as UInt16))
        if method.readableBytes > RequestHead.methodBytesMax {
            head.defect = .methodTooLong
        } else if let text = unsafe method.withUnsafeReadableBytes({ bytes in
            // SAFETY: read at once. Over the buffer's own view the check would not be specialised.
            unsafe String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self)
        }) {
            head.method = text
        } else {
            head.defect = .methodNotText
        }
        let (metadata, defect) = try self.metadata()
        head.metadata = metadata
        head.defect = head.defect ?? defect
        return head
    }

    private mutating func status() throws(ProtocolViolation) -> Status {
        let number: UInt8 = try self.integer()
        var status = Status(StatusCode(rawValue: number) ?? .unknown)
        status.message = try self.text(count: Int(try self.integer() as UInt16))
        let detailCount = Int(try self.integer() as UInt16)
        for _ in 0..<detailCount {
            let type = try self.text(count: Int(try self.integer() as UInt16))
            let value = try self.bytes(count: Int(try self.integer() as UInt32))
            status.details.append(StatusDetail(type: type, value: Array(value.readableBytesView)))
        }
        let (trailers, defect) = try self.metadata()
        guard defect == nil else { throw ProtocolViolation(.protocolError, "the trailers are too large or invalid") }
        status.trailers = trailers
        return status
    }

    /// Reads past a block that is over the limit or has a wrong key, and says so.
    private mutating func metadata() throws(ProtocolViolation) -> (Metadata, RequestHead.Defect?) {
        let count = Int(try self.integer() as UInt16)
        var metadata = Metadata()
        guard count > 0 else { return (metadata, nil) }
        var defect: RequestHead.Defect?
        var byteCount = 2
        for _ in 0..<count {
            let key = try self.bytes(count: Int(try self.integer() as UInt16))
            let value = try self.bytes(count: Int(try self.integer() as UInt32))
            byteCount += 6 + key.readableBytes + value.readableBytes
            if byteCount > self.metadataBytesMax { defect = .metadataTooLarge }
            if defect == nil, !Metadata.isValidKey(key.readableBytesView) { defect = .metadataKeyInvalid }
            if defect == nil, !Metadata.isValidValue(value.readableBytesView, of: key.readableBytesView) {
                defect = .metadataValueNotText
            }
            guard defect == nil else { continue }
            metadata.add(String(decoding: key.readableBytesView, as: UTF8.self), Array(value.readableBytesView))
        }
        return (defect == nil ? metadata : Metadata(), defect)
    }

    private mutating func goaway() throws(ProtocolViolation) -> Goaway {
        let lastStream: UInt32 = try self.integer()
        let code: UInt16 = try self.integer()
        let text = try self.text(count: Int(try self.integer() as UInt16))
        try self.expectEnd()
        return Goaway(lastStream: lastStream, code: GoawayCode(rawValue: code) ?? .other, text: text)
    }

    private mutating func message(_ flags: FrameFlags) throws(ProtocolViolation) -> ByteBuffer? {
        if flags.contains(.hasMessage) { return self.payload }
        try self.expectEnd()
        return nil
    }

    private mutating func integer<Integer: FixedWidthInteger>() throws(ProtocolViolation) -> Integer {
        guard let value = self.payload.readInteger(as: Integer.self) else { throw Self.malformed }
        return value
    }

    private mutating func whole<Integer: FixedWidthInteger>() throws(ProtocolViolation) -> Integer {
        let value: Integer = try self.integer()
        try self.expectEnd()
        return value
    }

    private mutating func bytes(count: Int) throws(ProtocolViolation) -> ByteBuffer {
        guard let bytes = self.payload.readSlice(length: count) else { throw Self.malformed }
        return bytes
    }

    /// Bytes that are not UTF-8 become U+FFFD: they are only shown to people.
    private mutating func text(count: Int) throws(ProtocolViolation) -> String {
        guard count > 0 else { return "" }
        return String(decoding: try self.bytes(count: count).readableBytesView, as: UTF8.self)
    }

    private func expectEnd() throws(ProtocolViolation) {
        guard self.payload.readableBytes == 0 else { throw Self.malformed }
    }
}
