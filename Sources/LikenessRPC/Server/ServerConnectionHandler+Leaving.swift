internal import LikenessWire
internal import Logging
internal import NIOCore

/// How a connection ends, and what wakes it when nothing comes.
extension ServerConnectionHandler {
    /// Takes no new calls and ends when the last is answered.
    func drain(_ reason: String) {
        switch self.machine.drain() {
        case .sendGoaway(let lastStream):
            self.outgoing.buffer.writeGoaway(Goaway(lastStream: lastStream, code: .leaving, text: reason))
            self.flushNow()
            self.liveness.draining(now: self.eventLoop.now)
            if self.machine.isDrained { self.linger() }
            self.lookAround()
        case .ignore: break
        }
    }

    /// The peer broke the rules: says so and ends the connection.
    func fail(_ violation: ProtocolViolation, as refusal: ConnectionRefusal = .protocolViolation) {
        let last = self.machine.lastAccepted
        self.machine.close()
        self.dependencies.refused(
            refusal,
            source: self.context?.remoteAddress,
            reason: "\(violation.code): \(violation.text)"
        )
        self.outgoing.buffer.writeGoaway(Goaway(lastStream: last, code: violation.code, text: violation.text))
        self.flushNow()
        self.cancelAll()
        self.linger()
    }

    /// Leaves the peer time to read the last frames: closing at once would reset the connection under them when more
    /// of the peer's bytes are on their way.
    func linger() {
        self.liveness.lingering(now: self.eventLoop.now)
        self.lookAround()
    }

    /// Its peer may no longer be here: nothing that runs for it goes on.
    func endAsRevoked() {
        guard !self.machine.isClosed else { return }
        let last = self.machine.lastAccepted
        self.machine.close()
        let reason = "the client certificate has been revoked"
        self.dependencies.refused(.revoked, source: self.context?.remoteAddress, reason: reason)
        self.outgoing.buffer.writeGoaway(Goaway(lastStream: last, code: .leaving, text: reason))
        self.flushNow()
        self.cancelAll()
        self.linger()
    }

    /// Its place is needed for a peer that shows who it is, or for one of an address with fewer connections.
    func makeWay() {
        guard !self.machine.isClosed else { return }
        let text = "too many connections that have shown neither a certificate nor a token"
        self.fail(ProtocolViolation(.tooMuch, text), as: .tooManyWithoutCredential)
    }

    func abort() {
        self.machine.close()
        self.cancelAll()
        self.context?.close(promise: nil)
    }

    /// Does what is due and sets the alarm for what comes next.
    func lookAround() {
        guard self.context?.channel.isActive == true else { return }
        let now = self.eventLoop.now
        switch self.liveness.due(now: now, isAwaitingHello: self.machine.isAwaitingHello) {
        case .nothing: break
        case .ping:
            self.outgoing.buffer.writePing(UInt64(now.uptimeNanoseconds))
            self.flushNow()
        case .drain(let reason): return self.drain(reason)
        case .fail(let violation): return self.fail(violation)
        case .unread: return self.fail(ProtocolViolation(.timeout, "the client does not read"), as: .unread)
        case .close:
            self.abort()
            return
        }
        if let next = self.liveness.next(isAwaitingHello: self.machine.isAwaitingHello) { self.wake(at: next) }
    }

    func wake(at time: NIODeadline) {
        guard self.alarm.isAfter(time) else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.alarm.set(time) { bound.value.rang() }
    }

    private func rang() {
        self.alarm.rang()
        guard self.context?.channel.isActive == true else { return }
        self.answerLate(now: self.eventLoop.now)
        if let next = self.calls.values.lazy.filter({ !$0.wasAnswered }).compactMap(\.nextAlarm).min() {
            self.wake(at: next)
        }
        self.lookAround()
    }
}
