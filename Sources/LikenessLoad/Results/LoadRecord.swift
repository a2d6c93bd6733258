/// What one worker saw, or all together. Pure: times are passed in, in nanoseconds since the measured time began.
package struct LoadRecord: Sendable {
    /// Figures over time are kept for so many intervals at most; those of a longer run are longer than a second.
    package static let intervalsMax = 3_600

    /// One second of the measured time, or as many as an interval has.
    package struct Second: Sendable {
        package var answered = 0
        /// Calls that failed, by the name of their status.
        package var errors: [String: Int] = [:]
        package var latencies = IntervalHistogram()
        /// Of streams.
        package var messages = 0

        package var failed: Int { self.errors.values.reduce(0, +) }

        package mutating func merge(_ other: Second) {
            self.answered += other.answered
            self.errors.merge(other.errors, uniquingKeysWith: +)
            self.latencies.merge(other.latencies)
            self.messages += other.messages
        }
    }

    /// What went over connections besides requests.
    package struct Traffic: Sendable {
        package var bytesReceived = 0
        package var messagesReceived = 0
        package var messageBytesSent = 0
        package var messagesSent = 0
    }

    package struct Kind: Sendable {
        package let name: String
        package var answered = 0
        /// Of these, before the measured time was over.
        package var answeredInTime = 0
        package var failed = 0
        package var latencies = LatencyHistogram()

        package init(name: String) { self.name = name }
    }

    /// Requests planned in one step of an open loop.
    package struct Step: Sendable {
        /// When it ends.
        package let end: UInt64
        package var answered = 0
        package var failed = 0
        package var missed = 0
        /// Good answers that came while it lasted, of whatever step.
        package var answersInside = 0
        package var latencies = LatencyHistogram()

        package init(end: UInt64) { self.end = end }

        package mutating func merge(_ other: Step) {
            self.answered += other.answered
            self.failed += other.failed
            self.missed += other.missed
            self.answersInside += other.answersInside
            self.latencies.merge(other.latencies)
        }
    }

    package private(set) var kinds: [Kind]
    package private(set) var steps: [Step]
    package private(set) var seconds: [Second] = []
    package let intervalSeconds: Int
    /// Calls that failed, by the name of their status.
    package private(set) var errors: [String: Int] = [:]
    /// One message of each status, to show what it was about.
    package private(set) var errorMessages: [String: String] = [:]
    package private(set) var messagesReceived = 0
    package private(set) var messagesSent = 0
    /// Of calls whose answer is a stream; `nil` without any.
    package private(set) var streams: StreamRecord?
    package private(set) var bytesSent = 0
    package private(set) var bytesReceived = 0

    package private(set) var sent = 0
    /// Actual minus planned send time, of what the tester was free to send.
    package private(set) var lateness = LatencyHistogram()
    /// Sent late because as many calls were under way as may be.
    package private(set) var held = 0
    /// Planned and never sent.
    package private(set) var missed = 0
    /// Callers of a closed loop for whom the server had no place on their connection.
    package private(set) var callersWithoutPlace = 0
    package private(set) var verification = VerificationSummary()
    /// When the last answer came.
    package private(set) var lastAnswer: UInt64 = 0

    /// - Parameter stepEnds: When each step of the plan ends, ascending.
    package init(kinds: [String], stepEnds: [UInt64] = [], intervalSeconds: Int = 1) {
        self.intervalSeconds = intervalSeconds
        self.kinds = kinds.map(Kind.init)
        self.steps = stepEnds.map(Step.init)
    }

    package var answered: Int { self.kinds.reduce(0) { $0 + $1.answered } }
    package var answeredInTime: Int { self.kinds.reduce(0) { $0 + $1.answeredInTime } }
    package var failed: Int { self.kinds.reduce(0) { $0 + $1.failed } }

    /// Of all kinds, the good answers.
    package var latencies: LatencyHistogram {
        var all = LatencyHistogram()
        for kind in self.kinds { all.merge(kind.latencies) }
        return all
    }

    package mutating func hadNoPlace(callers: Int) { self.callersWithoutPlace += callers }

    package mutating func wasSent(late nanoseconds: UInt64, isHeld: Bool, bytes: Int) {
        self.sent += 1
        self.bytesSent += bytes
        if isHeld { self.held += 1 } else { self.lateness.record(nanoseconds) }
    }

    /// The first call of a connection, or of a closed loop, has no planned time.
    package mutating func wasSent(bytes: Int) {
        self.sent += 1
        self.bytesSent += bytes
    }

    package mutating func wasMissed(planned: UInt64) {
        self.missed += 1
        if let step = self.step(planned) { self.steps[step].missed += 1 }
    }

    package mutating func count(_ traffic: Traffic) {
        self.bytesReceived += traffic.bytesReceived
        self.messagesReceived += traffic.messagesReceived
        self.bytesSent += traffic.messageBytesSent
        self.messagesSent += traffic.messagesSent
    }

    /// One of a stream of answers.
    ///
    /// - Parameter end: When, since the measured time began.
    package mutating func messageCame(end: UInt64, gap: UInt64?, roundTrip: UInt64?) {
        if self.streams == nil { self.streams = StreamRecord() }
        self.streams?.messageCame(gap: gap, roundTrip: roundTrip)
        self.seconds[self.second(end)].messages += 1
    }

    /// A call whose answer is a stream is over. How it ended is recorded separately.
    package mutating func streamEnded(firstMessage: UInt64?, isOpen: Bool, isUnpaired: Bool, end: UInt64) {
        if self.streams == nil { self.streams = StreamRecord() }
        self.streams?.ended(firstMessage: firstMessage, isOpen: isOpen, isUnpaired: isUnpaired)
        if isOpen { self.lastAnswer = max(self.lastAnswer, end) }
    }

    /// A call ended well.
    ///
    /// - Parameters:
    ///   - latency: From the planned send time.
    ///   - end: When, since the measured time began.
    ///   - limit: How long that lasts.
    package mutating func succeeded(kind: Int, latency: UInt64, end: UInt64, limit: UInt64) {
        self.kinds[kind].answered += 1
        self.kinds[kind].latencies.record(latency)
        self.lastAnswer = max(self.lastAnswer, end)
        if let step = self.step(end - min(latency, end)) {
            self.steps[step].answered += 1
            self.steps[step].latencies.record(latency)
        }
        guard end <= limit else { return }
        if let step = self.step(end) { self.steps[step].answersInside += 1 }
        self.kinds[kind].answeredInTime += 1
        let second = self.second(end)
        self.seconds[second].answered += 1
        self.seconds[second].latencies.record(latency)
    }

    /// - Parameter planned: When it should have been sent, since the measured time began.
    package mutating func failed(
        kind: Int,
        code: String,
        message: String,
        planned: UInt64,
        end: UInt64,
        limit: UInt64
    ) {
        self.kinds[kind].failed += 1
        if let step = self.step(planned) { self.steps[step].failed += 1 }
        self.errors[code, default: 0] += 1
        if self.errorMessages[code] == nil, !message.isEmpty { self.errorMessages[code] = message }
        self.lastAnswer = max(self.lastAnswer, end)
        guard end <= limit else { return }
        self.seconds[self.second(end)].errors[code, default: 0] += 1
    }

    package mutating func verified(_ verdict: Verdict, request: Int) {
        self.verification.record(verdict, request: request)
    }

    private func step(_ nanoseconds: UInt64) -> Int? {
        self.steps.isEmpty ? nil : self.steps.firstIndex { nanoseconds < $0.end } ?? self.steps.count - 1
    }

    private mutating func second(_ nanoseconds: UInt64) -> Int {
        let index = Int(nanoseconds / 1_000_000_000) / self.intervalSeconds
        while self.seconds.count <= index { self.seconds.append(Second()) }
        return index
    }

    package mutating func merge(_ other: LoadRecord) {
        precondition(
            self.kinds.count == other.kinds.count && self.intervalSeconds == other.intervalSeconds,
            "workers send the same kinds for as long"
        )
        for index in self.kinds.indices {
            self.kinds[index].answered += other.kinds[index].answered
            self.kinds[index].answeredInTime += other.kinds[index].answeredInTime
            self.kinds[index].failed += other.kinds[index].failed
            self.kinds[index].latencies.merge(other.kinds[index].latencies)
        }
        for index in self.steps.indices { self.steps[index].merge(other.steps[index]) }
        while self.seconds.count < other.seconds.count { self.seconds.append(Second()) }
        for (index, second) in other.seconds.enumerated() { self.seconds[index].merge(second) }
        self.errors.merge(other.errors, uniquingKeysWith: +)
        self.errorMessages.merge(other.errorMessages) { first, _ in first }
        self.messagesReceived += other.messagesReceived
        self.messagesSent += other.messagesSent
        if let streams = other.streams {
            if self.streams == nil { self.streams = StreamRecord() }
            self.streams?.merge(streams)
        }
        self.bytesSent += other.bytesSent
        self.bytesReceived += other.bytesReceived
        self.callersWithoutPlace += other.callersWithoutPlace
        self.sent += other.sent
        self.lateness.merge(other.lateness)
        self.held += other.held
        self.missed += other.missed
        self.verification.merge(other.verification)
        self.lastAnswer = max(self.lastAnswer, other.lastAnswer)
    }
}
