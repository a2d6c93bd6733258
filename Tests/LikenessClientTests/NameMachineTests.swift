import Testing

@testable import LikenessClient

@Suite struct NameMachineTests {
    private let start = ContinuousClock.now

    @Test func `a name is asked for at once, then every interval, one question at a time`() {
        var machine = NameMachine(interval: .seconds(15), now: self.start)
        #expect(machine.isDue(now: self.start) == true)
        #expect(machine.isDue(now: self.start + .seconds(60)) == false)
        #expect(machine.answered(["a", "b"], now: self.start) == .init(added: ["a", "b"]))
        #expect(machine.isDue(now: self.start + .seconds(15) - .nanoseconds(1)) == false)
        #expect(machine.isDue(now: self.start + .seconds(15)) == true)
    }

    @Test func `only what has changed comes and goes`() {
        var machine = NameMachine(interval: .seconds(15), now: self.start)
        var now = self.start
        var changes: [NameMachine.Change] = []
        for answer in [["a", "b", "a"], ["b", "a"], ["b", "c"], [], ["c"]] {
            _ = machine.isDue(now: now)
            changes.append(machine.answered(answer, now: now))
            now += .seconds(15)
        }
        #expect(
            changes == [
                .init(added: ["a", "b"]), .init(), .init(added: ["c"], removed: ["a"]), .init(), .init(removed: ["b"]),
            ]
        )
    }

    @Test func `no answer takes nothing away`() {
        var machine = NameMachine(interval: .seconds(15), now: self.start)
        _ = machine.isDue(now: self.start)
        machine.failed("no such host", now: self.start)
        #expect(machine.failure == "no such host")
        #expect(machine.isDue(now: self.start + .seconds(1)) == true, "without any address it asks sooner")
        _ = machine.answered(["a"], now: self.start + .seconds(1))
        #expect(machine.failure == nil)
        _ = machine.isDue(now: self.start + .seconds(16))
        machine.failed("timed out", now: self.start + .seconds(16))
        #expect(machine.addresses == ["a"])
        #expect(machine.dueAt == self.start + .seconds(31))
    }

    @Test func `a failed connection asks again, but not more than once a second`() {
        var machine = NameMachine(interval: .seconds(15), now: self.start)
        _ = machine.isDue(now: self.start)
        _ = machine.answered(["a"], now: self.start)
        machine.connectionFailed(now: self.start + .milliseconds(100))
        #expect(machine.dueAt == self.start + .seconds(1))
        machine.connectionFailed(now: self.start + .milliseconds(900))
        #expect(machine.dueAt == self.start + .seconds(1))
        _ = machine.isDue(now: self.start + .seconds(1))
        _ = machine.answered(["a"], now: self.start + .seconds(1))
        machine.connectionFailed(now: self.start + .seconds(9))
        #expect(machine.dueAt == self.start + .seconds(9))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `whatever happens, the addresses are those of the last answer`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var machine = NameMachine(interval: .seconds(15), now: self.start)
        var now = self.start
        var kept: Set<String> = []
        var lastAnswer: [String] = []
        var asksInSecond: [ContinuousClock.Instant] = []
        for _ in 0..<500 {
            now += .milliseconds(Int.random(in: 0..<3_000, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                if machine.isDue(now: now) {
                    #expect(asksInSecond.last.map { now - $0 >= .seconds(1) } ?? true)
                    asksInSecond.append(now)
                }
            case 1: machine.connectionFailed(now: now)
            case 2:
                let wasAsking = machine.isAsking
                let answer = ["a", "b", "c", "d"].filter { _ in Bool.random(using: &random) }
                let change = machine.answered(answer, now: now)
                if wasAsking, !answer.isEmpty { lastAnswer = answer }
                #expect(kept.isDisjoint(with: change.added))
                #expect(kept.isSuperset(of: change.removed))
                kept.formUnion(change.added)
                kept.subtract(change.removed)
            default: machine.failed("lost", now: now)
            }
            #expect(kept == Set(lastAnswer))
            #expect(machine.addresses == lastAnswer)
        }
        machine.close()
        #expect(machine.isDue(now: now + .seconds(100)) == false)
    }

    @Test func `localhost has addresses, and a name that cannot exist says why not`() async throws {
        let addresses = try await HostResolver.system.resolve("localhost")
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { ["127.0.0.1", "::1"].contains($0) })
        let error = await #expect(throws: HostResolverError.self) {
            _ = try await HostResolver.system.resolve("nowhere.invalid")
        }
        #expect(error?.reason.isEmpty == false)
        #expect(HostResolver.isAddress("::1") && HostResolver.isAddress("10.0.0.1"))
        #expect(!HostResolver.isAddress("localhost"))
    }
}
