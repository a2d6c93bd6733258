/// What a frame is. Other numbers are frames of the future and are passed over.
package enum FrameKind: UInt8, Sendable, Hashable, CaseIterable {
    case hello = 1
    case request = 2
    case message = 3
    case end = 4
    case cancel = 5
    case credit = 6
    case ping = 7
    case pong = 8
    case goaway = 9
}

/// Bits of a frame's flags byte. Other bits are sent as zero and ignored.
package struct FrameFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// REQUEST, MESSAGE, END: a message is the rest of the payload. Without it there is none, which is not an empty one.
    package static let hasMessage = FrameFlags(rawValue: 0x01)
    /// REQUEST, MESSAGE: the sender sends no more messages on this stream.
    package static let last = FrameFlags(rawValue: 0x02)
    /// END: the server has done nothing for the call, which may be repeated whatever it does.
    package static let notProcessed = FrameFlags(rawValue: 0x04)
}

/// Number of a stream: one call. 0 is the connection itself.
package typealias StreamID = UInt32

extension StreamID {
    /// The last one a connection can have.
    package static let lastPossible: StreamID = 0x7FFF_FFFF
}
