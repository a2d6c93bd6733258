import Foundation
import LikenessWire
import NIOCore
import Testing

/// The tables of the protocol's page say what the code does.
@Suite struct ProtocolTableTests {
    // MARK: Reasons

    /// Every reason of an error in the sources, with the codes it comes with as far as they stand beside it.
    private static func reasonsInSources() throws -> [String: Set<String>] {
        let sources = ProtocolPage.root.appending(path: "Sources")
        var found: [String: Set<String>] = [:]
        // What the service answers; the interoperability server and clients have reasons of their own.
        for target in ["LikenessRPC", "LikenessServer", "LikenessStandardServices", "LikenessRepository"] {
            let files = FileManager.default.enumerator(
                at: sources.appending(path: target),
                includingPropertiesForKeys: nil
            )
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: /(?:\.(\w+),\s*)?reason: "([A-Z][A-Z_]+)"/) {
                    found[String(match.2), default: []].formUnion(match.1.map { [String($0)] } ?? [])
                }
                for match in text.matches(of: /failedPrecondition\(\s*type: "([A-Z][A-Z_]+)"/) {
                    found[String(match.1), default: []].insert("failedPrecondition")
                }
                for match in text.matches(of: /case \w+ = "(DATABASE_[A-Z_]+)"/) {
                    found[String(match.1), default: []].insert("unavailable")
                }
            }
        }
        return found
    }

    @Test func `every reason of the code is in the table, with its code`() throws {
        let rows = ProtocolPage.table("| reason | code | again | meaning |")
        let table = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        let found = try Self.reasonsInSources()
        #expect(found.count > 25)
        let codes = Dictionary(uniqueKeysWithValues: StatusCode.allCases.map { ("\($0)", $0.name) })
        for (reason, names) in found {
            let code = try #require(table[reason], "PROTOCOL.md lacks \(reason)")
            for name in names { #expect(codes[name] == code, "\(reason) is \(name)") }
        }
    }

    @Test func `the table is in order, and says again in three ways`() {
        let rows = ProtocolPage.table("| reason | code | again | meaning |")
        #expect(rows.map { $0[0] } == rows.map { $0[0] }.sorted())
        #expect(Set(rows.map { $0[2] }) == ["later", "changed", "no"])
        #expect(Set(rows.map { $0[1] }).isSubset(of: StatusCode.allCases.map(\.name)))
    }

    // MARK: States

    private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func machine(greeted: Bool = true, leaving: Bool = false) -> ServerConnectionMachine {
        var machine = ServerConnectionMachine(settings: Settings())
        if greeted { _ = machine.helloArrived(Settings()) }
        if leaving {
            _ = machine.requestArrived(1, isLast: true)
            _ = machine.drain()
        }
        return machine
    }

    private static func word(_ violation: ProtocolViolation) -> String {
        violation.code == .protocolError ? "PROTOCOL_ERROR" : "\(violation.code)"
    }

    private static func control(_ answer: ServerConnectionMachine.OnControl, _ proceed: String) -> String {
        switch answer {
        case .proceed: proceed
        case .fail(let violation): Self.word(violation)
        case .drop: "dropped"
        }
    }

    /// What the machine does with every kind of frame, in the words of the table.
    private static func row(_ start: () -> ServerConnectionMachine) -> [String] {
        var (hello, request, credit, ping, pong, end) = (start(), start(), start(), start(), start(), start())
        let onHello =
            switch hello.helloArrived(Settings()) {
            case .proceed: "taken"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        let onRequest =
            switch request.requestArrived(3, isLast: true) {
            case .dispatch: "taken"
            case .refuse(.draining): "END UNAVAILABLE, NOT_PROCESSED"
            case .refuse: "refused"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        let onCredit =
            switch credit.creditArrived(0, bytes: 1, now: Self.now) {
            case .resume, .ignore: "as below"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        return [
            onHello, onRequest, onCredit, Self.control(ping.pingArrived(now: Self.now), "taken"),
            Self.control(pong.idleFrameArrived(now: Self.now), "passed over"),
            Self.control(end.strayFrameArrived(), "taken"),
        ]
    }

    @Test func `the connection's states are the machine's`() {
        let rows = ProtocolPage.table(
            "| connection | HELLO | REQUEST | MESSAGE, CANCEL, CREDIT | PING | PONG, unknown kind | END |"
        )
        #expect(
            rows == [
                ["before the client's HELLO"] + Self.row { Self.machine(greeted: false) },
                ["open"] + Self.row { Self.machine() },
                ["one side has sent GOAWAY, LEAVING"] + Self.row { Self.machine(leaving: true) },
            ]
        )
    }

    private static func streamRow(_ start: () -> ServerConnectionMachine) -> [String] {
        var (message, cancel, credit) = (start(), start(), start())
        let onMessage =
            switch message.messageArrived(1, byteCount: 1, isLast: false, now: Self.now) {
            case .deliver: "taken"
            case .ignore: "ignored"
            case .failStream: "END INTERNAL"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        let onCancel =
            switch cancel.cancelArrived(1, now: Self.now) {
            case .cancelHandler: "taken"
            case .ignore: "ignored"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        // On a stream that lives CREDIT counts: beyond the bound it is a fault, on one that is over it is not.
        let onCredit =
            switch credit.creditArrived(1, bytes: UInt32(Int32.max), now: Self.now) {
            case .fail(let violation) where violation.code == .flowControl: "taken"
            case .ignore: "ignored"
            case .resume: "resumed"
            case .fail(let violation): Self.word(violation)
            case .drop: "dropped"
            }
        return [onMessage, onCancel, onCredit]
    }

    @Test func `a stream's states are the machine's`() {
        func opened(isLast: Bool) -> ServerConnectionMachine {
            var machine = Self.machine()
            _ = machine.requestArrived(1, isLast: isLast)
            return machine
        }
        func over() -> ServerConnectionMachine {
            var machine = opened(isLast: false)
            _ = machine.handlerFinished(1)
            return machine
        }
        #expect(
            ProtocolPage.table("| stream | MESSAGE | CANCEL | CREDIT |") == [
                ["never opened"] + Self.streamRow { Self.machine() },
                ["open, the client may send"] + Self.streamRow { opened(isLast: false) },
                ["open, the client has sent LAST"] + Self.streamRow { opened(isLast: true) },
                ["over"] + Self.streamRow { over() },
            ]
        )
    }

    @Test func `skipped numbers count as opened and over`() {
        var machine = Self.machine()
        #expect(machine.requestArrived(7, isLast: true) == .dispatch)
        #expect(machine.cancelArrived(3, now: Self.now) == .ignore)
        guard case .fail = machine.requestArrived(5, isLast: true) else {
            Issue.record("5 was taken after 7")
            return
        }
    }
}
