import LikenessWire
import NIOCore
import Testing

@Suite struct ServerConnectionMachineTests {
    static let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    static func serving(streamsMax: UInt32 = 3) -> ServerConnectionMachine {
        var settings = Settings()
        settings.streamsMax = streamsMax
        var machine = ServerConnectionMachine(settings: settings)
        _ = machine.helloArrived(Settings())
        return machine
    }

    @Test func `before HELLO every other frame ends the connection`() {
        let now = Self.now
        func check(_ event: (inout ServerConnectionMachine) -> Bool, _ name: String) {
            var machine = ServerConnectionMachine(settings: Settings())
            #expect(event(&machine), "\(name)")
            #expect(machine.isClosed, "\(name)")
        }
        check({ if case .fail = $0.requestArrived(1, isLast: true) { true } else { false } }, "REQUEST")
        check(
            { if case .fail = $0.messageArrived(1, byteCount: 1, isLast: true, now: now) { true } else { false } },
            "MESSAGE"
        )
        check({ if case .fail = $0.cancelArrived(1, now: now) { true } else { false } }, "CANCEL")
        check({ if case .fail = $0.creditArrived(1, bytes: 1, now: now) { true } else { false } }, "CREDIT")
        check({ if case .fail = $0.pingArrived(now: now) { true } else { false } }, "PING")
        check({ if case .fail = $0.idleFrameArrived(now: now) { true } else { false } }, "PONG")
        check({ if case .fail = $0.strayFrameArrived() { true } else { false } }, "END")
    }

    @Test func `a closed connection drops everything`() {
        var machine = Self.serving()
        machine.close()
        #expect(machine.helloArrived(Settings()) == .drop)
        #expect(machine.requestArrived(1, isLast: true) == .drop)
        #expect(machine.messageArrived(1, byteCount: 1, isLast: true, now: Self.now) == .drop)
        #expect(machine.cancelArrived(1, now: Self.now) == .drop)
        #expect(machine.creditArrived(0, bytes: 1, now: Self.now) == .drop)
        #expect(machine.pingArrived(now: Self.now) == .drop)
        #expect(machine.idleFrameArrived(now: Self.now) == .drop)
        #expect(machine.strayFrameArrived() == .drop)
        #expect(machine.deadlinePassed(1) == .ignore)
        #expect(machine.handlerFinished(1) == .discard(connectionCredit: nil))
        #expect(machine.messageToSend(1, byteCount: 1) == .drop)
        #expect(machine.drain() == .ignore)
        #expect(machine.isDrained)
    }

    @Test func `a second HELLO ends the connection`() {
        var machine = Self.serving()
        guard case .fail(let violation) = machine.helloArrived(Settings()) else { Issue.record("taken"); return }
        #expect(violation.code == .protocolError)
        #expect(machine.isClosed)
    }

    @Test func `a unary call is dispatched and answered once`() {
        var machine = Self.serving()
        #expect(machine.requestArrived(1, isLast: true) == .dispatch)
        #expect(machine.runningCount == 1)
        #expect(machine.handlerFinished(1) == .sendEnd(connectionCredit: nil))
        #expect(machine.handlerFinished(1) == .discard(connectionCredit: nil))
        #expect(machine.runningCount == 0)
    }

    @Test(arguments: [0, 2, 0x8000_0001, 0xFFFF_FFFF] as [StreamID]) func `numbers that are not a client's are refused`(
        id: StreamID
    ) {
        var machine = Self.serving()
        guard case .fail(let violation) = machine.requestArrived(id, isLast: true) else {
            Issue.record("taken"); return
        }
        #expect(violation.code == .protocolError)
    }

    @Test(arguments: [5, 3, 1] as [StreamID]) func `a number that does not increase is refused`(id: StreamID) {
        var machine = Self.serving()
        _ = machine.requestArrived(5, isLast: true)
        _ = machine.handlerFinished(5)
        guard case .fail = machine.requestArrived(id, isLast: true) else { Issue.record("taken"); return }
    }

    @Test func `the last number is taken`() {
        var machine = Self.serving()
        #expect(machine.requestArrived(.lastPossible, isLast: true) == .dispatch)
    }

    @Test func `calls over the limit are refused, and a cancelled one gives its place to the next at once`() {
        var machine = Self.serving(streamsMax: 2)
        _ = machine.requestArrived(1, isLast: true)
        _ = machine.requestArrived(3, isLast: true)
        #expect(machine.requestArrived(5, isLast: true) == .refuse(.tooManyStreams))
        #expect(machine.cancelArrived(1, now: Self.now) == .cancelHandler)
        #expect(machine.requestArrived(7, isLast: true) == .dispatch)
        #expect(machine.requestArrived(9, isLast: true) == .refuse(.tooManyStreams))
        #expect(machine.lastAccepted == 7)
        // The same for one that was answered before its handler was done.
        #expect(machine.deadlinePassed(3) == .answerAndCancelHandler)
        #expect(machine.requestArrived(11, isLast: true) == .dispatch)
    }

    @Test func `handlers that do not stop are bounded at twice the limit`() {
        var machine = Self.serving(streamsMax: 2)
        for id in [1, 3, 5, 7] as [StreamID] {
            #expect(machine.requestArrived(id, isLast: true) == .dispatch)
            #expect(machine.cancelArrived(id, now: Self.now) == .cancelHandler)
        }
        #expect(machine.requestArrived(9, isLast: true) == .refuse(.tooManyStopping))
        #expect(machine.runningCount == 4)
        #expect(machine.handlerFinished(1) == .discard(connectionCredit: nil))
        #expect(machine.requestArrived(11, isLast: true) == .dispatch)
        #expect(machine.handlerFinished(11) == .sendEnd(connectionCredit: nil))
    }

    @Test func `as many calls as there are may be cancelled and begun anew in one packet`() {
        var machine = Self.serving(streamsMax: 100)
        let ids = (0..<100).map { StreamID($0 * 2 + 1) }
        for id in ids { #expect(machine.requestArrived(id, isLast: true) == .dispatch) }
        for id in ids { #expect(machine.cancelArrived(id, now: Self.now) == .cancelHandler) }
        for id in ids { #expect(machine.requestArrived(id + 200, isLast: true) == .dispatch) }
    }

    // MARK: What crosses an END

    @Test func `credit that crosses END costs nothing, as much as was outstanding`() {
        var machine = Self.serving()
        var id: StreamID = 1
        for _ in 0..<1_500 {
            _ = machine.requestArrived(id, isLast: true)
            for _ in 0..<3 { #expect(machine.messageToSend(id, byteCount: 100) == .send) }
            _ = machine.handlerFinished(id)
            // One to widen the window, and one for each message.
            #expect(machine.creditArrived(id, bytes: 1 << 20, now: Self.now) == .ignore)
            for _ in 0..<3 {
                #expect(machine.creditArrived(id, bytes: 132, now: Self.now) == .ignore)
                #expect(machine.creditArrived(0, bytes: 132, now: Self.now) == .ignore)
            }
            id += 2
        }
        #expect(machine.idleFrameCount == 0)
    }

    @Test func `credit for streams that are over ends the connection beyond that`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: true)
        #expect(machine.messageToSend(1, byteCount: 64) == .send)
        _ = machine.handlerFinished(1)
        var ignored = 0
        while machine.creditArrived(1, bytes: 1, now: Self.now) == .ignore { ignored += 1 }
        // 96 bytes were outstanding: three frames and one, then the budget of frames without effect.
        #expect(ignored == 1_004)
        #expect(machine.isClosed)
    }

    @Test func `messages that cross END cost nothing, as many as the credit allowed`() {
        var machine = Self.serving(streamsMax: 100)
        for index in 0..<14 {
            let id = StreamID(index * 2 + 1)
            _ = machine.requestArrived(id, isLast: false)
            _ = machine.handlerFinished(id)
            for _ in 0..<1_900 {
                guard case .ignore = machine.messageArrived(id, byteCount: 0, isLast: false, now: Self.now) else {
                    Issue.record("not passed over"); return
                }
            }
            // The end of the messages needs no credit.
            #expect(
                machine.messageArrived(id, byteCount: nil, isLast: true, now: Self.now)
                    == .ignore(connectionCredit: nil)
            )
        }
        #expect(machine.idleFrameCount == 0)
    }

    @Test func `messages on a stream that is over end the connection beyond its credit`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        _ = machine.handlerFinished(1)
        var ignored = 0
        while case .ignore = machine.messageArrived(1, byteCount: 0, isLast: false, now: Self.now) { ignored += 1 }
        #expect(ignored == 65_536 / 32 + 1 + 1_000)
        #expect(machine.isClosed)
    }

    @Test func `a cancel that crosses END costs nothing, a second one does`() {
        var machine = Self.serving()
        var id: StreamID = 1
        for _ in 0..<1_500 {
            _ = machine.requestArrived(id, isLast: true)
            _ = machine.handlerFinished(id)
            #expect(machine.cancelArrived(id, now: Self.now) == .ignore)
            id += 2
        }
        var ignored = 0
        while machine.cancelArrived(1, now: Self.now) == .ignore { ignored += 1 }
        #expect(ignored == 400)
    }

    @Test func `the end of the messages needs no credit`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        #expect(machine.messageArrived(1, byteCount: 100_000, isLast: false, now: Self.now) == .deliver)
        #expect(machine.messageArrived(1, byteCount: nil, isLast: true, now: Self.now) == .deliver)
        #expect(!machine.isClosed)
        // Neither a message nor the end of them: it would be free without limit.
        _ = machine.requestArrived(3, isLast: false)
        #expect(machine.messageArrived(3, byteCount: 65_536 - 32, isLast: false, now: Self.now) == .deliver)
        guard case .fail(let violation) = machine.messageArrived(3, byteCount: nil, isLast: false, now: Self.now) else {
            Issue.record("taken"); return
        }
        #expect(violation.code == .flowControl)
    }

    @Test func `the first of answer, deadline and cancel wins`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: true)
        #expect(machine.deadlinePassed(1) == .answerAndCancelHandler)
        #expect(machine.deadlinePassed(1) == .ignore)
        #expect(machine.cancelArrived(1, now: Self.now) == .ignore)
        #expect(machine.handlerFinished(1) == .discard(connectionCredit: nil))
        _ = machine.requestArrived(3, isLast: true)
        #expect(machine.cancelArrived(3, now: Self.now) == .cancelHandler)
        #expect(machine.deadlinePassed(3) == .ignore)
        #expect(machine.handlerFinished(3) == .discard(connectionCredit: nil))
        _ = machine.requestArrived(5, isLast: true)
        #expect(machine.handlerFinished(5) == .sendEnd(connectionCredit: nil))
        #expect(machine.cancelArrived(5, now: Self.now) == .ignore)
    }

    @Test func `draining answers what is there and refuses the rest`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: true)
        #expect(machine.drain() == .sendGoaway(lastStream: 1))
        #expect(machine.drain() == .ignore)
        #expect(machine.requestArrived(3, isLast: true) == .refuse(.draining))
        #expect(!machine.isDrained)
        #expect(machine.handlerFinished(1) == .sendEnd(connectionCredit: nil))
        #expect(machine.isDrained)
        #expect(machine.lastAccepted == 1)
    }

    @Test func `draining before HELLO closes`() {
        var machine = ServerConnectionMachine(settings: Settings())
        #expect(machine.drain() == .sendGoaway(lastStream: 0))
        #expect(machine.isDrained)
    }

    @Test func `frames on streams that were never opened end the connection`() {
        for event in 0..<3 {
            var machine = Self.serving()
            _ = machine.requestArrived(1, isLast: false)
            var violation: ProtocolViolation?
            switch event {
            case 0:
                if case .fail(let found) = machine.messageArrived(3, byteCount: 1, isLast: false, now: Self.now) {
                    violation = found
                }
            case 1: if case .fail(let found) = machine.cancelArrived(3, now: Self.now) { violation = found }
            default: if case .fail(let found) = machine.creditArrived(3, bytes: 1, now: Self.now) { violation = found }
            }
            #expect(violation?.code == .protocolError)
        }
    }

    @Test func `a message after the last fails the stream alone`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        #expect(machine.messageArrived(1, byteCount: 10, isLast: true, now: Self.now) == .deliver)
        #expect(machine.messageArrived(1, byteCount: 10, isLast: true, now: Self.now) == .failStream)
        #expect(machine.messageArrived(1, byteCount: 10, isLast: true, now: Self.now) == .ignore(connectionCredit: nil))
        #expect(machine.handlerFinished(1) == .discard(connectionCredit: nil))
        #expect(!machine.isClosed)
    }

    @Test func `messages without credit end the connection`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        // One message may go below zero, the next may not begin.
        #expect(machine.messageArrived(1, byteCount: 100_000, isLast: false, now: Self.now) == .deliver)
        guard case .fail(let violation) = machine.messageArrived(1, byteCount: 0, isLast: false, now: Self.now) else {
            Issue.record("taken"); return
        }
        #expect(violation.code == .flowControl)
    }

    @Test func `one-byte messages cannot hold more than the window`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        var count = 0
        while machine.messageArrived(1, byteCount: 1, isLast: false, now: Self.now) == .deliver { count += 1 }
        #expect(count == 65_536 / 33 + 1)
    }

    @Test func `credit comes back in halves of a window`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: false)
        var granted = 0
        for _ in 0..<1_000 {
            #expect(machine.messageArrived(1, byteCount: 968, isLast: false, now: Self.now) == .deliver)
            let credits = machine.messageConsumed(1, byteCount: 968)
            if let stream = credits.stream {
                #expect(stream >= 32_768)
                granted += Int(stream)
            }
        }
        #expect(granted > 1_000_000 - 32_768 - 1_000)
    }

    @Test func `what a finished stream held comes back to the connection`() {
        var machine = Self.serving(streamsMax: 100)
        var returned = 0
        for index in 0..<40 {
            let id = StreamID(index * 2 + 1)
            _ = machine.requestArrived(id, isLast: false)
            #expect(machine.messageArrived(id, byteCount: 59_968, isLast: false, now: Self.now) == .deliver)
            guard case .sendEnd(let credit) = machine.handlerFinished(id) else { Issue.record("discarded"); return }
            returned += Int(credit ?? 0)
        }
        // 40 × 60,000 bytes came through a window of 1 MiB.
        #expect(returned > 40 * 60_000 - 524_288)
    }

    @Test func `sending waits for both windows`() {
        var peer = Settings()
        peer.streamCreditBytes = 2_000
        peer.connectionCreditBytes = 3_000
        var machine = ServerConnectionMachine(settings: Settings())
        _ = machine.helloArrived(peer)
        _ = machine.requestArrived(1, isLast: true)
        _ = machine.requestArrived(3, isLast: true)
        #expect(machine.messageToSend(1, byteCount: 2_000) == .send)
        #expect(machine.messageToSend(1, byteCount: 1) == .wait)
        #expect(machine.messageToSend(3, byteCount: 1_000) == .send)
        #expect(machine.messageToSend(3, byteCount: 1) == .wait)
        #expect(machine.creditArrived(1, bytes: 33, now: Self.now) == .resume)
        #expect(machine.messageToSend(1, byteCount: 1) == .wait)
        #expect(machine.creditArrived(0, bytes: 1_000, now: Self.now) == .resume)
        #expect(machine.messageToSend(1, byteCount: 1) == .send)
        #expect(machine.messageToSend(5, byteCount: 1) == .drop)
    }

    @Test func `credit beyond what can be counted ends the connection`() {
        for id in [0, 1] as [StreamID] {
            var machine = Self.serving()
            _ = machine.requestArrived(1, isLast: true)
            guard case .fail(let violation) = machine.creditArrived(id, bytes: 0x7FFF_FFFF, now: Self.now) else {
                Issue.record("taken"); return
            }
            #expect(violation.code == .flowControl)
        }
    }

    @Test func `credit of zero and credit for finished streams is passed over, within a budget`() {
        var machine = Self.serving()
        _ = machine.requestArrived(1, isLast: true)
        _ = machine.handlerFinished(1)
        var ignored = 0
        while machine.creditArrived(ignored % 2 == 0 ? 0 : 1, bytes: ignored % 2 == 0 ? 0 : 9, now: Self.now) == .ignore
        {
            ignored += 1
        }
        // The first CREDIT for the stream may have crossed its END.
        #expect(ignored == 1_001)
        #expect(machine.isClosed)
    }

    @Test func `cancels have a budget that time refills`() {
        var machine = Self.serving()
        var now = Self.now
        var id: StreamID = 1
        func cancelOne() -> Bool {
            _ = machine.requestArrived(id, isLast: true)
            defer {
                _ = machine.handlerFinished(id)
                id += 2
            }
            return machine.cancelArrived(id, now: now) == .cancelHandler
        }
        for _ in 0..<400 { #expect(cancelOne()) }
        now = now + .seconds(1)
        for _ in 0..<100 { #expect(cancelOne()) }
        #expect(!cancelOne())
        #expect(machine.isClosed)
    }

    @Test func `two pings too early are strikes, the third ends the connection`() {
        var machine = Self.serving()
        var now = Self.now
        for _ in 0..<100 {
            #expect(machine.pingArrived(now: now) == .proceed)
            now = now + .seconds(10)
        }
        #expect(machine.pingArrived(now: now) == .proceed)
        #expect(machine.pingArrived(now: now + .seconds(1)) == .proceed)
        #expect(machine.pingArrived(now: now + .seconds(2)) == .proceed)
        guard case .fail(let violation) = machine.pingArrived(now: now + .seconds(3)) else {
            Issue.record("taken"); return
        }
        #expect(violation.code == .tooMuch)
    }
}
