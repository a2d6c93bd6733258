package import NIOCore

extension ByteBuffer {
    /// Appends one frame: the header, then whatever `body` appends.
    @inline(__always)
    private mutating func writeFrame(
        _ kind: FrameKind, _ flags: FrameFlags = [], _ stream: StreamID = 0, _ body: (inout ByteBuffer) -> Void
    ) {
        let start = self.writerIndex
        self.writeMultipleIntegers(UInt32(0), kind.rawValue, flags.rawValue, stream)
        body(&self)
        self.setInteger(UInt32(self.writerIndex - start - 4), at: start)
    }

    package mutating func writeHello(_ settings: Settings) {
        self.writeFrame(.hello) { buffer in
            buffer.writeMultipleIntegers(Settings.version, UInt16(Settings.Identifier.allCases.count))
            for identifier in Settings.Identifier.allCases {
                buffer.writeMultipleIntegers(identifier.rawValue, settings[keyPath: identifier.path])
            }
        }
    }

    /// - Parameter message: Appends the message; `nil` when messages follow in frames of their own.
    package mutating func writeRequest(
        _ stream: StreamID, _ head: RequestHead, isLast: Bool, message: ((inout ByteBuffer) -> Void)?
    ) {
        var flags: FrameFlags = message == nil ? [] : .hasMessage
        if isLast { flags.insert(.last) }
        self.writeFrame(.request, flags, stream) { buffer in
            buffer.writeInteger(head.timeoutMicroseconds)
            buffer.writeShortText(head.method)
            buffer.writeMetadata(head.metadata)
            message?(&buffer)
        }
    }

    package mutating func writeMessage(_ stream: StreamID, isLast: Bool, message: ((inout ByteBuffer) -> Void)?) {
        var flags: FrameFlags = message == nil ? [] : .hasMessage
        if isLast { flags.insert(.last) }
        self.writeFrame(.message, flags, stream) { message?(&$0) }
    }

    /// - Parameter message: Appends the only answer of a unary or client-streaming call; only with code OK.
    package mutating func writeEnd(
        _ stream: StreamID, _ status: Status, wasNotProcessed: Bool = false, message: ((inout ByteBuffer) -> Void)? = nil
    ) {
        precondition(message == nil || status.code == .ok, "only a call that succeeded has an answer")
        var flags: FrameFlags = message == nil ? [] : .hasMessage
        if wasNotProcessed { flags.insert(.notProcessed) }
        self.writeFrame(.end, flags, stream) { buffer in
            buffer.writeInteger(status.code.rawValue)
            buffer.writeShortText(status.message)
            buffer.writeInteger(UInt16(status.details.count))
            for detail in status.details {
                buffer.writeShortText(detail.type)
                buffer.writeInteger(UInt32(detail.value.count))
                buffer.writeBytes(detail.value)
            }
            buffer.writeMetadata(status.trailers)
            message?(&buffer)
        }
    }

    package mutating func writeCancel(_ stream: StreamID) { self.writeFrame(.cancel, [], stream) { _ in } }

    package mutating func writeCredit(_ stream: StreamID, bytes: UInt32) {
        self.writeFrame(.credit, [], stream) { $0.writeInteger(bytes) }
    }

    package mutating func writePing(_ value: UInt64) { self.writeFrame(.ping) { $0.writeInteger(value) } }

    package mutating func writePong(_ value: UInt64) { self.writeFrame(.pong) { $0.writeInteger(value) } }

    package mutating func writeGoaway(_ goaway: Goaway) {
        self.writeFrame(.goaway) { buffer in
            buffer.writeMultipleIntegers(goaway.lastStream, goaway.code.rawValue)
            buffer.writeShortText(goaway.text)
        }
    }

    private mutating func writeMetadata(_ metadata: Metadata) {
        self.writeInteger(UInt16(metadata.entries.count))
        for entry in metadata.entries {
            self.writeShortText(entry.key)
            self.writeInteger(UInt32(entry.value.count))
            self.writeBytes(entry.value)
        }
    }

    /// A text after its length in 16 bits; what does not fit is cut off at a character.
    private mutating func writeShortText(_ text: String) {
        guard text.utf8.count > Int(UInt16.max) else {
            self.writeInteger(UInt16(text.utf8.count))
            self.writeString(text)
            return
        }
        var end = text.utf8.index(text.startIndex, offsetBy: Int(UInt16.max))
        while end.samePosition(in: text.unicodeScalars) == nil { text.utf8.formIndex(before: &end) }
        self.writeShortText(String(text[..<end]))
    }
}
