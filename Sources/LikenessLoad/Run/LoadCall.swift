internal import NIOCore

/// One call under way.
struct LoadCall {
    enum Outcome {
        case answered(ByteBuffer?)
        case failed(code: String, message: String)
        /// A stream that the end of the run ended.
        case open
    }

    let choice: RequestPicker.Choice
    let request: PreparedRequest
    /// Nanoseconds of the monotonic clock.
    let planned: UInt64
    let sent: UInt64
    /// REQUEST, and the messages that went out; the rest of a stream waits for credit, or for answers.
    var framesSent = 1
    var lastMessage: ByteBuffer?

    // Of a call whose answer is a stream.
    private(set) var messagesReceived = 0
    private(set) var firstMessageAt: UInt64?
    private(set) var lastMessageAt: UInt64?
    /// When each message was sent that no answer belongs to yet.
    private var unanswered = CircularBuffer<UInt64>(initialCapacity: 0)
    private var hasSurplus = false

    init(choice: RequestPicker.Choice, request: PreparedRequest, planned: UInt64, sent: UInt64) {
        self.choice = choice
        self.request = request
        self.planned = planned
        self.sent = sent
    }

    /// Whether the method does not answer each message with one. A stream that was cut short may still owe answers.
    func isUnpaired(isWhole: Bool) -> Bool {
        self.request.streamsRequests && (self.hasSurplus || isWhole && !self.unanswered.isEmpty)
    }

    /// More than this are not waited for: the method does not answer one by one.
    private static let unansweredMax = 65_536

    mutating func messageSent(now: UInt64) {
        self.framesSent += 1
        guard self.request.streamsAnswers, !self.hasSurplus else { return }
        if self.unanswered.count == Self.unansweredMax { self.hasSurplus = true } else { self.unanswered.append(now) }
    }

    /// - Returns: When the message before came, and when the message was sent that this one answers.
    mutating func messageCame(now: UInt64) -> (before: UInt64?, answered: UInt64?) {
        let before = self.lastMessageAt
        self.messagesReceived += 1
        if self.firstMessageAt == nil { self.firstMessageAt = now }
        self.lastMessageAt = now
        guard self.request.streamsRequests, !self.hasSurplus else { return (before, nil) }
        let answered = self.unanswered.popFirst()
        if answered == nil { self.hasSurplus = true }
        return (before, answered)
    }
}
