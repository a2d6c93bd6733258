import LikenessWire
import NIOCore
import Testing

@Suite struct ClientConnectionMachineTests {
    static let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    static func open(streamsMax: UInt32 = 3) -> ClientConnectionMachine {
        var machine = ClientConnectionMachine(settings: Settings())
        var server = Settings()
        server.streamsMax = streamsMax
        _ = machine.helloArrived(server)
        return machine
    }

    @Test func `no call begins before HELLO`() {
        var machine = ClientConnectionMachine(settings: Settings())
        #expect(machine.openStream(isLast: true) == .refuse(.notReady))
        #expect(machine.helloArrived(Settings()) == .proceed)
        #expect(machine.openStream(isLast: true) == .send(1))
        #expect(machine.openStream(isLast: true) == .send(3))
    }

    @Test func `before HELLO every other frame ends the connection`() {
        func check(_ event: (inout ClientConnectionMachine) -> Bool, _ name: String) {
            var machine = ClientConnectionMachine(settings: Settings())
            #expect(event(&machine), "\(name)")
            #expect(machine.isClosed, "\(name)")
        }
        check({ if case .fail = $0.endArrived(1) { true } else { false } }, "END")
        check({ if case .fail = $0.messageArrived(1, byteCount: 1, isLast: false) { true } else { false } }, "MESSAGE")
        check({ if case .fail = $0.creditArrived(0, bytes: 1, now: Self.now) { true } else { false } }, "CREDIT")
        check({ if case .fail = $0.pingArrived(now: Self.now) { true } else { false } }, "PING")
        check({ if case .fail = $0.idleFrameArrived(now: Self.now) { true } else { false } }, "PONG")
        check({ if case .fail = $0.strayFrameArrived() { true } else { false } }, "REQUEST")
        check({ $0.goawayArrived(lastStream: 0, code: .leaving).isEmpty }, "GOAWAY")
    }

    @Test func `a closed connection drops everything`() {
        var machine = Self.open()
        machine.close()
        #expect(machine.helloArrived(Settings()) == .drop)
        #expect(machine.openStream(isLast: true) == .refuse(.closed))
        #expect(machine.endArrived(1) == .drop)
        #expect(machine.messageArrived(1, byteCount: 1, isLast: false) == .drop)
        #expect(machine.creditArrived(0, bytes: 1, now: Self.now) == .drop)
        #expect(machine.pingArrived(now: Self.now) == .drop)
        #expect(machine.idleFrameArrived(now: Self.now) == .drop)
        #expect(machine.strayFrameArrived() == .drop)
        #expect(machine.goawayArrived(lastStream: 0, code: .leaving).isEmpty)
        #expect(machine.cancel(1) == .ignore)
        #expect(machine.messageToSend(1, byteCount: 1, isLast: true) == .drop)
        #expect(machine.isDrained && machine.isDraining)
    }

    @Test func `an answer completes its call once`() {
        var machine = Self.open()
        _ = machine.openStream(isLast: true)
        #expect(machine.endArrived(1) == .complete)
        #expect(machine.endArrived(1) == .ignore)
        #expect(machine.streamCount == 0)
    }

    @Test func `an answer to a call that was cancelled is passed over`() {
        var machine = Self.open()
        _ = machine.openStream(isLast: true)
        #expect(machine.cancel(1) == .sendCancel(connectionCredit: nil))
        #expect(machine.cancel(1) == .ignore)
        #expect(machine.endArrived(1) == .ignore)
    }

    @Test(arguments: [0, 2, 3, 0xFFFF_FFFF] as [StreamID]) func `an answer to no call ends the connection`(id: StreamID)
    {
        var machine = Self.open()
        _ = machine.openStream(isLast: true)
        guard case .fail = machine.endArrived(id) else { Issue.record("taken"); return }
        #expect(machine.isClosed)
    }

    @Test func `the server's limit holds`() {
        var machine = Self.open(streamsMax: 2)
        _ = machine.openStream(isLast: true)
        _ = machine.openStream(isLast: true)
        #expect(machine.openStream(isLast: true) == .refuse(.tooManyStreams))
        _ = machine.endArrived(1)
        #expect(machine.openStream(isLast: true) == .send(5))
    }

    @Test func `GOAWAY names the calls that were not processed`() {
        var machine = Self.open(streamsMax: 10)
        for _ in 0..<4 { _ = machine.openStream(isLast: true) }
        #expect(machine.goawayArrived(lastStream: 3, code: .leaving) == [5, 7])
        #expect(machine.openStream(isLast: true) == .refuse(.draining))
        #expect(machine.endArrived(5) == .ignore)
        #expect(machine.endArrived(1) == .complete)
        #expect(!machine.isDrained)
        #expect(machine.endArrived(3) == .complete)
        #expect(machine.isDrained)
    }

    @Test func `GOAWAY with an error ends the connection now`() {
        var machine = Self.open(streamsMax: 10)
        for _ in 0..<3 { _ = machine.openStream(isLast: true) }
        #expect(machine.goawayArrived(lastStream: 3, code: .protocolError) == [5])
        #expect(machine.isClosed)
        #expect(machine.openStream(isLast: true) == .refuse(.closed))
        #expect(machine.endArrived(1) == .drop)
    }

    @Test func `the end of the messages needs no credit`() {
        var machine = Self.open()
        _ = machine.openStream(isLast: false)
        #expect(machine.messageToSend(1, byteCount: 100_000, isLast: false) == .send)
        #expect(machine.messageToSend(1, byteCount: 0, isLast: true) == .wait)
        #expect(machine.messageToSend(1, byteCount: nil, isLast: true) == .send)
        #expect(machine.messageToSend(1, byteCount: nil, isLast: true) == .drop)
        #expect(machine.messageArrived(1, byteCount: nil, isLast: true) == .ignore(connectionCredit: nil))
    }

    @Test func `messages need credit, and what nobody takes comes back`() {
        var machine = Self.open()
        _ = machine.openStream(isLast: true)
        #expect(machine.messageArrived(1, byteCount: 70_000, isLast: false) == .deliver)
        guard case .sendCancel(let credit) = machine.cancel(1) else { Issue.record("ignored"); return }
        // Less than half the connection's window: saved up.
        #expect(credit == nil)
        #expect(machine.messageArrived(1, byteCount: 500_000, isLast: false) == .ignore(connectionCredit: 570_064))
        _ = machine.openStream(isLast: true)
        _ = machine.messageArrived(3, byteCount: 70_000, isLast: false)
        guard case .fail(let violation) = machine.messageArrived(3, byteCount: 1, isLast: false) else {
            Issue.record("taken"); return
        }
        #expect(violation.code == .flowControl)
    }

    @Test func `sending ends with the last message`() {
        var machine = Self.open()
        _ = machine.openStream(isLast: false)
        #expect(machine.messageToSend(1, byteCount: 10, isLast: false) == .send)
        #expect(machine.messageToSend(1, byteCount: 100_000, isLast: false) == .send)
        #expect(machine.messageToSend(1, byteCount: 1, isLast: true) == .wait)
        #expect(machine.creditArrived(1, bytes: 200_000, now: Self.now) == .resume)
        #expect(machine.messageToSend(1, byteCount: 1, isLast: true) == .send)
        #expect(machine.messageToSend(1, byteCount: 1, isLast: true) == .drop)
    }
}
