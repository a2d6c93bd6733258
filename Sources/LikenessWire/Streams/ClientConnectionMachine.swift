package import NIOCore

/// Client half of one connection: decides what every event means. Holds no channel, no clock and no logger.
///
/// A stream lives from its REQUEST until END came, or CANCEL went.
package struct ClientConnectionMachine: Sendable {
    private enum State {
        /// Only a HELLO may come; calls wait. Next: `open`, or `closed`.
        case awaitingHello
        /// Next: `draining` on a GOAWAY from either side, `closed` on a violation or loss.
        case open
        /// Waits for the answers in flight. Next: `closed` when empty.
        case draining
        case closed
    }

    package enum OnHello: Sendable, Hashable { case proceed, fail(ProtocolViolation), drop }
    package enum OnOpen: Sendable, Hashable {
        case send(StreamID)
        /// Nothing was sent.
        case refuse(Refusal)
    }
    package enum Refusal: Sendable, Hashable { case notReady, tooManyStreams, outOfStreams, draining, closed }
    package enum OnEnd: Sendable, Hashable { case complete, ignore, fail(ProtocolViolation), drop }
    package enum OnMessage: Sendable, Hashable {
        case deliver
        case ignore(connectionCredit: UInt32?)
        case fail(ProtocolViolation), drop
    }
    package typealias OnCredit = ServerConnectionMachine.OnCredit
    package typealias OnControl = ServerConnectionMachine.OnControl
    package typealias OnSend = ServerConnectionMachine.OnSend
    package typealias Credits = ServerConnectionMachine.Credits
    package enum OnCancel: Sendable, Hashable { case sendCancel(connectionCredit: UInt32?), ignore }

    private var state = State.awaitingHello
    /// Empty in every state but `open` and `draining`. Beside the state, not in it: it changes in place.
    private var streams: ClientStreams

    /// - Parameter settings: What this side's HELLO says.
    package init(settings: Settings) { self.streams = ClientStreams(own: settings) }

    // MARK: Frames

    package mutating func helloArrived(_ peer: Settings) -> OnHello {
        switch self.state {
        case .awaitingHello:
            self.streams.begin(peer: peer)
            self.state = .open
            return .proceed
        case .open, .draining:
            self.close()
            return .fail(ProtocolViolation(.protocolError, "a second HELLO"))
        case .closed: return .drop
        }
    }

    /// - Returns: `.complete` when the call waits for it.
    package mutating func endArrived(_ id: StreamID) -> OnEnd {
        self.onFrame(.drop, failure: OnEnd.fail) { streams throws(ProtocolViolation) in
            try streams.endArrived(id)
        }
    }

    /// - Parameter byteCount: Of the message, without the overhead; `nil` when the frame carries none.
    package mutating func messageArrived(_ id: StreamID, byteCount: Int?, isLast: Bool) -> OnMessage {
        let cost = Frame.messageCost(byteCount, isLast: isLast)
        return self.onFrame(.drop, failure: OnMessage.fail) { streams throws(ProtocolViolation) in
            try streams.messageArrived(id, cost: cost)
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

    /// A REQUEST or CANCEL, which only clients send.
    package mutating func strayFrameArrived() -> OnControl {
        self.onFrame(.drop, failure: OnControl.fail) { _ throws(ProtocolViolation) in
            throw ProtocolViolation(.protocolError, "a frame that only clients send")
        }
    }

    /// With another code than LEAVING the connection is over: ``isClosed``.
    ///
    /// - Returns: The streams that the server will not process, ascending: nothing was done for them.
    package mutating func goawayArrived(lastStream: StreamID, code: GoawayCode) -> [StreamID] {
        switch self.state {
        case .awaitingHello:
            self.close()
            return []
        case .open, .draining:
            let unprocessed = self.streams.removeAbove(lastStream)
            if code == .leaving { self.state = .draining } else { self.close() }
            return unprocessed
        case .closed: return []
        }
    }

    // MARK: What happens on this side

    /// A call wants to begin. `.send`: write its REQUEST now.
    package mutating func openStream(isLast: Bool) -> OnOpen {
        switch self.state {
        case .awaitingHello: .refuse(.notReady)
        case .open: self.streams.open(isLast: isLast)
        case .draining: .refuse(.draining)
        case .closed: .refuse(.closed)
        }
    }

    /// The caller gave up, or its deadline passed.
    package mutating func cancel(_ id: StreamID) -> OnCancel { self.streams.cancel(id) }

    /// - Parameter byteCount: Of the message; `nil` to say only that no more come, which needs no credit.
    package mutating func messageToSend(_ id: StreamID, byteCount: Int?, isLast: Bool) -> OnSend {
        self.streams.messageToSend(id, cost: Frame.messageCost(byteCount, isLast: isLast), isLast: isLast)
    }

    /// Whether an attempt to send a message would not have to wait: there is credit, or the stream is over.
    package func maySend(_ id: StreamID) -> Bool { self.streams.maySend(id) }

    /// The caller has taken a message out of the queue. What is returned goes out as CREDIT.
    package mutating func messageConsumed(_ id: StreamID, byteCount: Int) -> Credits {
        switch self.state {
        case .open, .draining: self.streams.messageConsumed(id, cost: byteCount + Frame.messageOverheadBytes)
        case .awaitingHello, .closed: Credits()
        }
    }

    /// This side opens no more streams.
    package mutating func drain() {
        switch self.state {
        case .open, .draining: self.state = .draining
        case .awaitingHello, .closed: self.close()
        }
    }

    package mutating func close() {
        self.state = .closed
        self.streams.removeAll()
    }

    // MARK: What it knows

    package var isAwaitingHello: Bool { self.state == .awaitingHello }
    package var isClosed: Bool { self.state == .closed }
    package var isDraining: Bool { self.state == .draining || self.state == .closed }

    /// Nothing more will happen on a connection that drains.
    package var isDrained: Bool { self.isDraining && self.streams.isEmpty }

    package var streamCount: Int { self.streams.count }

    /// A frame before HELLO, and any failure, ends the connection.
    @inline(__always)
    private mutating func onFrame<Answer>(
        _ closed: Answer,
        failure: (ProtocolViolation) -> Answer,
        _ body: (inout ClientStreams) throws(ProtocolViolation) -> Answer
    ) -> Answer {
        switch self.state {
        case .awaitingHello:
            self.close()
            return failure(ServerConnectionMachine.noHello)
        case .open, .draining:
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
