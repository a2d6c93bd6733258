package import NIOCore

/// Server half of one connection: decides what every event means. Holds no channel, no clock and no logger.
///
/// A stream lives from its REQUEST until its handler has finished. One that was cancelled, or answered before its handler
/// was done, gives its place to the next call at once: as many handlers as there are places may be about to stop.
package struct ServerConnectionMachine: Sendable {
    private enum State {
        /// Only a HELLO may come. Next: `serving`, or `closed`.
        case awaitingHello
        /// Next: `draining` on shutdown or the peer's GOAWAY, `closed` on a violation or loss.
        case serving
        /// Answers what is in flight, refuses the rest. Next: `closed` when empty.
        case draining
        case closed
    }

    package enum OnHello: Sendable, Hashable { case proceed, fail(ProtocolViolation), drop }
    package enum OnRequest: Sendable, Hashable {
        case dispatch
        /// Answer END with the flag that nothing was done.
        case refuse(Refusal)
        case fail(ProtocolViolation), drop
    }
    package enum Refusal: Sendable, Hashable {
        case tooManyStreams, draining
        /// So many handlers of calls that are over have not stopped yet that no more may start.
        case tooManyStopping
    }
    package enum OnMessage: Sendable, Hashable {
        case deliver
        /// The stream is over; the credit is given back on stream 0.
        case ignore(connectionCredit: UInt32?)
        /// Answer END with an error and cancel the handler.
        case failStream
        case fail(ProtocolViolation), drop
    }
    package enum OnCancel: Sendable, Hashable { case cancelHandler, ignore, fail(ProtocolViolation), drop }
    package enum OnCredit: Sendable, Hashable {
        /// A sender that waited on this stream, or on any for stream 0, may go on.
        case resume
        case ignore, fail(ProtocolViolation), drop
    }
    package enum OnControl: Sendable, Hashable { case proceed, fail(ProtocolViolation), drop }
    package enum OnDeadline: Sendable, Hashable { case answerAndCancelHandler, ignore }
    package enum OnFinish: Sendable, Hashable {
        case sendEnd(connectionCredit: UInt32?)
        /// The caller has its answer or does not want one.
        case discard(connectionCredit: UInt32?)
    }
    package enum OnSend: Sendable, Hashable { case send, wait, drop }
    package enum OnDrain: Sendable, Hashable { case sendGoaway(lastStream: StreamID), ignore }
    package struct Credits: Sendable, Hashable {
        package var stream: UInt32?
        package var connection: UInt32?
    }

    private var state = State.awaitingHello
    /// Empty in every state but `serving` and `draining`. Beside the state, not in it: it changes in place.
    private var streams: ServerStreams

    /// - Parameter settings: What this side's HELLO says.
    package init(settings: Settings) { self.streams = ServerStreams(own: settings) }

    package static func isClientStream(_ id: StreamID) -> Bool { id % 2 == 1 && id <= .lastPossible }

    static let noHello = ProtocolViolation(.protocolError, "the first frame must be HELLO")

    // MARK: Frames

    package mutating func helloArrived(_ peer: Settings) -> OnHello {
        switch self.state {
        case .awaitingHello:
            self.streams.begin(peer: peer)
            self.state = .serving
            return .proceed
        case .serving, .draining:
            self.close()
            return .fail(ProtocolViolation(.protocolError, "a second HELLO"))
        case .closed: return .drop
        }
    }

    package mutating func requestArrived(_ id: StreamID, isLast: Bool) -> OnRequest {
        let isDraining = self.state == .draining
        return self.onFrame(.drop, failure: OnRequest.fail) { streams throws(ProtocolViolation) in
            try streams.open(id, isLast: isLast, isDraining: isDraining)
        }
    }

    /// - Parameter byteCount: Of the message, without the overhead; `nil` when the frame carries none.
    package mutating func messageArrived(_ id: StreamID, byteCount: Int?, isLast: Bool, now: NIODeadline) -> OnMessage {
        let cost = Frame.messageCost(byteCount, isLast: isLast)
        return self.onFrame(.drop, failure: OnMessage.fail) { streams throws(ProtocolViolation) in
            try streams.messageArrived(id, cost: cost, isLast: isLast, now: now)
        }
    }

    package mutating func cancelArrived(_ id: StreamID, now: NIODeadline) -> OnCancel {
        self.onFrame(.drop, failure: OnCancel.fail) { streams throws(ProtocolViolation) in
            try streams.cancelArrived(id, now: now)
        }
    }

    package mutating func creditArrived(_ id: StreamID, bytes: UInt32, now: NIODeadline) -> OnCredit {
        self.onFrame(.drop, failure: OnCredit.fail) { streams throws(ProtocolViolation) in
            try streams.creditArrived(id, bytes: bytes, now: now)
        }
    }

    /// `.proceed`: answer with PONG.
    package mutating func pingArrived(now: NIODeadline) -> OnControl {
        self.onFrame(.drop, failure: OnControl.fail) { streams throws(ProtocolViolation) in
            try streams.pings.pingArrived(now: now)
            return .proceed
        }
    }

    /// A PONG, or a kind of the future. `.proceed`: the peer lives, and that is all.
    package mutating func idleFrameArrived(now: NIODeadline) -> OnControl {
        self.onFrame(.drop, failure: OnControl.fail) { streams throws(ProtocolViolation) in
            try streams.spendIdleFrame(now: now)
            return .proceed
        }
    }

    /// An END, which only servers send.
    package mutating func strayFrameArrived() -> OnControl {
        self.onFrame(.drop, failure: OnControl.fail) { _ throws(ProtocolViolation) in
            throw ProtocolViolation(.protocolError, "a frame that only servers send")
        }
    }

    // MARK: What happens on this side

    /// The deadline of a call has passed.
    package mutating func deadlinePassed(_ id: StreamID) -> OnDeadline {
        self.streams.answerEarly(id) ? .answerAndCancelHandler : .ignore
    }

    /// The handler of a call has returned or thrown; its stream is over.
    package mutating func handlerFinished(_ id: StreamID) -> OnFinish { self.streams.finish(id) }

    /// A handler wants to send one message of a stream of them.
    package mutating func messageToSend(_ id: StreamID, byteCount: Int) -> OnSend {
        self.streams.messageToSend(id, cost: byteCount + Frame.messageOverheadBytes)
    }

    /// Whether an attempt to send a message would not have to wait: there is credit, or the stream is over.
    package func maySend(_ id: StreamID) -> Bool { self.streams.maySend(id) }

    /// A handler has taken a message out of the queue. What is returned goes out as CREDIT.
    package mutating func messageConsumed(_ id: StreamID, byteCount: Int) -> Credits {
        self.streams.messageConsumed(id, cost: byteCount + Frame.messageOverheadBytes)
    }

    /// Shutdown, age, or the peer's GOAWAY: finish what is there, take nothing new.
    package mutating func drain() -> OnDrain {
        switch self.state {
        case .awaitingHello:
            self.close()
            return .sendGoaway(lastStream: 0)
        case .serving:
            self.state = .draining
            return .sendGoaway(lastStream: self.streams.lastAccepted)
        case .draining, .closed: return .ignore
        }
    }

    /// The connection is lost or given up.
    package mutating func close() {
        self.state = .closed
        self.streams.removeAll()
    }

    // MARK: What it knows

    /// Nothing more will happen on a connection that drains.
    package var isDrained: Bool {
        switch self.state {
        case .draining: self.streams.isEmpty
        case .closed: true
        case .awaitingHello, .serving: false
        }
    }

    package var isAwaitingHello: Bool { self.state == .awaitingHello }
    package var isClosed: Bool { self.state == .closed }

    /// Handlers that run, cancelled ones included.
    package var runningCount: Int { self.streams.count }

    /// Frames without effect that were counted against the peer; 0 for one that keeps to the rules and sends no frames of the
    /// future.
    package var idleFrameCount: Int { self.streams.idleFrameCount }

    /// The highest stream that was given to a handler.
    package var lastAccepted: StreamID { self.streams.lastAccepted }

    /// A frame before HELLO, and any failure, ends the connection.
    @inline(__always)
    private mutating func onFrame<Answer>(
        _ closed: Answer,
        failure: (ProtocolViolation) -> Answer,
        _ body: (inout ServerStreams) throws(ProtocolViolation) -> Answer
    ) -> Answer {
        switch self.state {
        case .awaitingHello:
            self.close()
            return failure(Self.noHello)
        case .serving, .draining:
            do throws(ProtocolViolation) {
                return try body(&self.streams)
            } catch {
                self.close()
                return failure(error)
            }
        case .closed: return closed
        }
    }
}
