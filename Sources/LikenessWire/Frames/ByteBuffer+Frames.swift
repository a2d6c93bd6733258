package import NIOCore

extension ByteBuffer {
    /// Appends one frame: the header, then whatever `body` appends.
    @inline(__always)
    private mutating func writeFrame(
        _ kind: FrameKind,
        _ flags: FrameFlags = [],
        _ stream: StreamID = 0,
        _ body: (inout ByteBuffer) -> Void
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

    /// Begins a call.
    ///
    /// - Parameter message: Appends the message.
    package mutating func writeRequest(
        _ stream: StreamID,
        _ head: RequestHead,
        isLast: Bool,
        message: (inout ByteBuffer) -> Void
    ) {
        self.writeFrame(.request, isLast ? [.hasMessage, .last] : .hasMessage, stream) { buffer in
            buffer.writeHead(head)
            message(&buffer)
        }
    }

    /// Begins a call whose messages follow in frames of their own.
    package mutating func writeRequest(_ stream: StreamID, _ head: RequestHead, isLast: Bool = false) {
        self.writeFrame(.request, isLast ? .last : [], stream) { $0.writeHead(head) }
    }

    /// - Parameter message: Appends the message.
    package mutating func writeMessage(_ stream: StreamID, isLast: Bool, message: (inout ByteBuffer) -> Void) {
        self.writeFrame(.message, isLast ? [.hasMessage, .last] : .hasMessage, stream, message)
    }

    /// Says that no message follows the ones that were sent.
    package mutating func writeNoMoreMessages(_ stream: StreamID) {
        self.writeFrame(.message, .last, stream) { _ in }
    }

    /// Ends a call that failed, or that has sent its messages before.
    package mutating func writeEnd(_ stream: StreamID, _ status: Status, wasNotProcessed: Bool = false) {
        self.writeFrame(.end, wasNotProcessed ? .notProcessed : [], stream) { $0.writeStatus(status) }
    }

    /// Ends a call that succeeded.
    ///
    /// - Parameter message: Appends the answer.
    package mutating func writeEnd(_ stream: StreamID, trailers: Metadata, message: (inout ByteBuffer) -> Void) {
        self.writeFrame(.end, .hasMessage, stream) { buffer in
            // OK without a text, details and trailers, which is what nearly every call ends with, in one write.
            if trailers.isEmpty {
                buffer.writeMultipleIntegers(StatusCode.ok.rawValue, UInt16(0), UInt16(0), UInt16(0))
            } else {
                buffer.writeStatus(Status(.ok, trailers: trailers))
            }
            message(&buffer)
        }
    }

    /// Size of an END's payload before the message, when the code is OK.
    package static func endHeadByteCount(trailers: Metadata) -> Int { 5 + trailers.encodedByteCount }

    /// Size of a REQUEST's payload before the message.
    package static func requestHeadByteCount(_ head: RequestHead) -> Int {
        10 + head.method.utf8.count + head.metadata.encodedByteCount
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

    private mutating func writeHead(_ head: RequestHead) {
        self.writeInteger(head.timeoutMicroseconds)
        self.writeShortText(head.method)
        self.writeMetadata(head.metadata)
    }

    private mutating func writeStatus(_ status: Status) {
        self.writeInteger(status.code.rawValue)
        self.writeShortText(status.message)
        self.writeInteger(UInt16(status.details.count))
        for detail in status.details {
            self.writeShortText(detail.type)
            self.writeInteger(UInt32(detail.value.count))
            self.writeBytes(detail.value)
        }
        self.writeMetadata(status.trailers)
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
