import Testing

@testable import LikenessScheduling

@Suite struct FlowTableTests {
    private let heavy = Flow(.caller, "spiffe://likeness/heavy")
    private let modest = Flow(.caller, "spiffe://likeness/modest")

    @Test func `a flow is known by the kind and the value of its name`() {
        #expect(Flow(.caller, "likeness") == Flow(.caller, "likeness"))
        #expect(Flow(.caller, "likeness") != Flow(.caller, "other"))
        #expect(self.heavy.with(.system) != self.heavy)
    }

    @Test func `a new flow starts where the least of those at work is, not at nothing`() {
        var table = FlowTable()
        let heavy = table.workArrived(of: self.heavy)
        table.charge(heavy, 4_000)
        let modest = table.workArrived(of: self.modest)
        #expect(table.virtualTime(modest) == table.virtualTime(heavy))
        table.charge(modest, 40)
        #expect(table.virtualTime(modest) - table.virtualTime(heavy) == 10)
    }

    @Test func `a flow that rests saves nothing up, and what it has used is not forgotten`() {
        var table = FlowTable()
        let modest = table.workArrived(of: self.modest)
        table.workEnded(of: modest)
        let heavy = table.workArrived(of: self.heavy)
        table.charge(heavy, 8_000)
        #expect(table.workArrived(of: self.modest) == modest)
        #expect(table.virtualTime(modest) == table.virtualTime(heavy))
        // Ahead of the others it stays ahead, however often it rests.
        table.charge(heavy, 8_000)
        table.workEnded(of: heavy)
        #expect(table.workArrived(of: self.heavy) == heavy)
        #expect(table.virtualTime(heavy) == 4_000)
        #expect(table.virtualTime(modest) == 2_000)
    }

    @Test func `background work has a quarter of a caller's share`() {
        var table = FlowTable()
        let caller = table.workArrived(of: self.heavy)
        let worker = table.workArrived(of: Flow(.background, "outbox"))
        table.charge(caller, 400)
        table.charge(worker, 100)
        #expect(table.virtualTime(caller) == table.virtualTime(worker))
        #expect(table.virtualTime(caller, underway: 40) == 110)
    }

    @Test func `however many flows come and go, few are remembered, and those at work always`() {
        var table = FlowTable(restingMax: 16)
        let heavy = table.workArrived(of: self.heavy)
        table.charge(heavy, 1_000_000)
        for number in 0..<10_000 {
            let index = table.workArrived(of: Flow(.caller, "\(number)"))
            table.charge(index, Int64(number % 7))
            table.workEnded(of: index)
            #expect(table.count <= 18)
        }
        #expect(table.flow(heavy) == self.heavy)
        #expect(table.virtualTime(heavy) == 250_000)
        #expect(table.indexEnd <= 20)
    }

    @Test func `recent flows say when another was seen`() {
        var recent = RecentFlows()
        #expect(recent.lastSeen(otherThan: self.heavy) == nil)
        recent.saw(self.heavy, at: 1)
        recent.saw(self.heavy, at: 2)
        #expect(recent.lastSeen(otherThan: self.heavy) == nil)
        #expect(recent.lastSeen(otherThan: self.modest) == 2)
        recent.saw(self.modest, at: 3)
        recent.saw(self.heavy, at: 4)
        #expect(recent.lastSeen(otherThan: self.heavy) == 3)
        #expect(recent.lastSeen(otherThan: self.modest) == 4)
    }
}
