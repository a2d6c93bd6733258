package import NIOCore

/// One frame, its payload taken apart. Messages stay slices of the bytes they came in.
package enum Frame: Sendable, Hashable {
    case hello(Settings)
    /// - message: `nil` when the call sends its messages in frames of their own.
    case request(StreamID, RequestHead, message: ByteBuffer?, isLast: Bool)
    case message(StreamID, ByteBuffer?, isLast: Bool)
    case end(StreamID, Status, message: ByteBuffer?, wasNotProcessed: Bool)
    case cancel(StreamID)
    /// On stream 0 for the connection.
    case credit(StreamID, bytes: UInt32)
    case ping(UInt64)
    case pong(UInt64)
    case goaway(Goaway)
    /// A kind this version does not know.
    case unknown(kind: UInt8)

    /// Bytes of credit that a MESSAGE takes besides its payload, so that many small ones cannot cost more memory than
    /// the window says.
    package static let messageOverheadBytes = 32

    /// The credit that a MESSAGE takes.
    ///
    /// - Parameter byteCount: Of the message it carries; `nil` for one that carries none. Such a one that says that no more
    ///   messages come needs no credit.
    static func messageCost(_ byteCount: Int?, isLast: Bool) -> Int {
        byteCount == nil && isLast ? 0 : (byteCount ?? 0) + Self.messageOverheadBytes
    }

    /// Of the length field, the kind, the flags and the stream.
    package static let headerByteCount = 10
    /// What the length field counts besides the payload.
    package static let countedHeaderByteCount = 6
}

/// How a call begins.
package struct RequestHead: Sendable, Hashable {
    /// What is wrong with a head that can still be answered on its stream.
    package enum Defect: Sendable, Hashable {
        case methodTooLong, methodNotText, metadataTooLarge, metadataKeyInvalid, metadataValueNotText
    }

    /// `likeness.v1.SearchService/Query`; empty when it has a defect.
    package var method: String
    /// 0 means that the caller names no timeout.
    package var timeoutMicroseconds: UInt64
    package var metadata: Metadata
    package var defect: Defect?

    package init(method: String, timeoutMicroseconds: UInt64 = 0, metadata: Metadata = Metadata()) {
        self.method = method
        self.timeoutMicroseconds = timeoutMicroseconds
        self.metadata = metadata
        self.defect = nil
    }

    package static let methodBytesMax = 255
    /// A longer timeout counts as this one: a year.
    package static let timeoutMicrosecondsMax: UInt64 = 31_536_000_000_000

    package var timeout: Duration? {
        guard self.timeoutMicroseconds > 0 else { return nil }
        return .microseconds(Int64(min(self.timeoutMicroseconds, Self.timeoutMicrosecondsMax)))
    }

    /// A timeout as it travels: at least 1 µs, since 0 means none.
    package static func microseconds(_ timeout: Duration?) -> UInt64 {
        guard let timeout else { return 0 }
        let (seconds, attoseconds) = timeout.components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        guard seconds < 31_536_000 else { return Self.timeoutMicrosecondsMax }
        return max(1, UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000))
    }
}

/// One side's announcement that it will end the connection.
package struct Goaway: Sendable, Hashable {
    /// Streams above this one were not processed and never will be.
    package var lastStream: StreamID
    package var code: GoawayCode
    package var text: String

    package init(lastStream: StreamID, code: GoawayCode, text: String) {
        self.lastStream = lastStream
        self.code = code
        self.text = text
    }
}
