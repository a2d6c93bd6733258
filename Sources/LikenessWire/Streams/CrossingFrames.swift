/// How many frames may still come on streams that are over although their sender is not at fault: they were on their way
/// when the stream ended.
///
/// What a stream was worth is added when it ends and taken by what crosses. Sums over the streams, not one record for each:
/// the memory is bounded, and no frame of an honest peer is ever counted against it.
struct CrossingFrames: Sendable, Hashable {
    private(set) var cancels = 0
    private(set) var credits = 0
    private(set) var messages = 0

    /// More than a connection's credit of the default size can have under way, and no store for a flood years later.
    static let max = 1 << 16

    /// - Parameters:
    ///   - wasWithinLimits: `false` for one that its client should not have opened: then CANCELs of it count as others do.
    ///   - sent: Credit bytes of MESSAGEs that the peer was sent on the stream and has not given back.
    ///   - receivable: Credit bytes that the peer still had for the stream; `nil` when it has sent its last message.
    mutating func streamEnded(wasWithinLimits: Bool = true, sent: Int, receivable: Int?) {
        if wasWithinLimits { Self.add(1, to: &self.cancels) }
        // One to widen the window with, and one for each message: none costs less than the overhead.
        Self.add(1 + Swift.max(0, sent) / Frame.messageOverheadBytes, to: &self.credits)
        guard let receivable else { return }
        // The last message may begin with a single byte of credit left; the end of the messages needs none.
        let overhead = Frame.messageOverheadBytes
        Self.add(1 + Swift.max(0, receivable + overhead - 1) / overhead, to: &self.messages)
    }

    mutating func takeCancel() -> Bool { Self.take(&self.cancels) }
    mutating func takeCredit() -> Bool { Self.take(&self.credits) }
    mutating func takeMessage() -> Bool { Self.take(&self.messages) }

    private static func add(_ count: Int, to total: inout Int) { total = min(total + count, Self.max) }

    private static func take(_ total: inout Int) -> Bool {
        guard total > 0 else { return false }
        total -= 1
        return true
    }
}
