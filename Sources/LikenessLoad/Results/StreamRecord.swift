/// What streams of answers brought. Pure, like the record that holds it.
package struct StreamRecord: Sendable {
    /// Messages that came in the measured time.
    package private(set) var messages = 0
    /// From the planned send time of a call until its first message.
    package private(set) var firstMessage = LatencyHistogram()
    /// Between a message and the next of the same stream.
    package private(set) var gaps = LatencyHistogram()
    /// From sending a message until the answer to it: the third answer belongs to the third message.
    package private(set) var roundTrips = LatencyHistogram()
    /// Streams that did not answer each message with one, so that round trips say nothing.
    package private(set) var unpaired = 0
    /// Under way when the run ended, and ended by it.
    package private(set) var open = 0

    package init() {}

    /// - Parameters:
    ///   - gap: Since the message before, if there was one in the measured time.
    ///   - roundTrip: Since the message that it answers was sent.
    package mutating func messageCame(gap: UInt64?, roundTrip: UInt64?) {
        self.messages += 1
        if let gap { self.gaps.record(gap) }
        if let roundTrip { self.roundTrips.record(roundTrip) }
    }

    /// - Parameter firstMessage: How long that took, if there was one and the call counts.
    package mutating func ended(firstMessage: UInt64?, isOpen: Bool, isUnpaired: Bool) {
        if let firstMessage { self.firstMessage.record(firstMessage) }
        if isOpen { self.open += 1 }
        if isUnpaired { self.unpaired += 1 }
    }

    package mutating func merge(_ other: StreamRecord) {
        self.messages += other.messages
        self.firstMessage.merge(other.firstMessage)
        self.gaps.merge(other.gaps)
        self.roundTrips.merge(other.roundTrips)
        self.unpaired += other.unpaired
        self.open += other.open
    }
}
