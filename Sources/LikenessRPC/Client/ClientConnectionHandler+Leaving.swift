internal import LikenessWire
internal import NIOCore

/// How a connection ends, and what wakes it when nothing comes.
extension ClientConnectionHandler {
    /// Takes no new calls and ends when the last is answered.
    func drain() {
        self.state.drains()
        if !self.machine.isDraining, !self.machine.isAwaitingHello {
            self.outgoing.buffer.writeGoaway(Goaway(lastStream: 0, code: .leaving, text: ""))
            self.flushNow()
        }
        self.machine.drain()
        self.closeIfDrained()
    }

    func closeIfDrained() {
        guard self.machine.isDrained, !self.isInReadBurst else { return }
        self.context?.close(promise: nil)
    }

    /// The server broke the rules.
    func fail(_ violation: ProtocolViolation) {
        self.cause = "the server broke the protocol: \(violation.text)"
        self.machine.close()
        self.outgoing.buffer.writeGoaway(Goaway(lastStream: 0, code: violation.code, text: violation.text))
        self.flushNow()
        self.context?.close(promise: nil)
    }

    func ended() {
        self.state.drains()
        self.machine.close()
        self.alarm.stop()
        let cause = self.cause ?? "the connection was lost"
        self.ready?.fail(RPCError.unavailable(cause))
        for id in Array(self.calls.keys) {
            // They may have been carried out.
            self.end(id, .failure(RPCError(.unavailable, cause)))
        }
        let pings = self.pings.values
        self.pings = [:]
        for ping in pings { ping.pong.fail(RPCError.unavailable(cause)) }
    }

    // MARK: Time

    func lookAround() {
        guard self.context?.channel.isActive == true else { return }
        let now = self.eventLoop.now
        switch self.liveness.due(now: now, isAwaitingHello: self.machine.isAwaitingHello) {
        case .nothing, .drain: break
        case .ping:
            self.lastPing += 1
            self.outgoing.buffer.writePing(self.lastPing)
            self.flushNow()
        case .fail(let violation): return self.fail(violation)
        case .unread, .close:
            self.cause = self.cause ?? "the server does not answer"
            self.machine.close()
            self.context?.close(promise: nil)
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
        let now = self.eventLoop.now
        let late = self.calls.values.filter { $0.alarm.map { $0 <= now } ?? false }
        self.executor.whileRunning {
            for inFlight in late {
                self.cancel(inFlight.call, RPCError(.deadlineExceeded, "the deadline has passed"))
            }
        }
        if let next = self.calls.values.lazy.compactMap(\.alarm).min() { self.wake(at: next) }
        self.lookAround()
    }
}
