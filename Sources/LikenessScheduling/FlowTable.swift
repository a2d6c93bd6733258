/// What each flow has used of something scarce: start-time fair queueing, without a clock of its own.
///
/// A flow's *virtual time* is what it has used, divided by its weight; whoever serves flows serves the one with the least.
/// A flow that begins, or returns after a pause, starts at the least virtual time of those at work: it is served next, and
/// gets nothing for the time in which it wanted nothing. Memory is bounded: a flow at rest that is not ahead of the others
/// tells nothing, and of those that are ahead the least are forgotten first.
///
/// - SeeAlso: Goyal, Vin and Cheng, "Start-time Fair Queuing" (1996); `docs/decisions/fair-shares.md`.
package struct FlowTable: Sendable {
    /// Where a flow is kept while it has work.
    package typealias Index = Int

    private struct Entry {
        var flow: Flow
        var virtualTime: Int64
        /// Pieces of work that wait or run.
        var work: Int
    }

    private let restingMax: Int
    private var entries: [Entry] = []
    private var indexOfFlow: [Flow: Index] = [:]
    private var free: [Index] = []
    private var restingCount = 0
    /// Never falls: the least virtual time of those at work when there last were any.
    private var floor: Int64 = 0

    /// - Parameter restingMax: Flows without work that are remembered.
    package init(restingMax: Int = 256) { self.restingMax = restingMax }

    /// Flows with and without work.
    package var count: Int { self.indexOfFlow.count }
    /// One more than the largest index in use.
    package var indexEnd: Int { self.entries.count }

    /// A piece of a flow's work arrived. Each must ``workEnded(of:)`` once.
    package mutating func workArrived(of flow: Flow) -> Index {
        if let index = self.indexOfFlow[flow] {
            if self.entries[index].work == 0 {
                self.restingCount -= 1
                self.raiseFloor()
                self.entries[index].virtualTime = max(self.entries[index].virtualTime, self.floor)
            }
            self.entries[index].work += 1
            return index
        }
        self.raiseFloor()
        let entry = Entry(flow: flow, virtualTime: self.floor, work: 1)
        let index = self.free.popLast() ?? self.entries.count
        if index == self.entries.count { self.entries.append(entry) } else { self.entries[index] = entry }
        self.indexOfFlow[flow] = index
        return index
    }

    package mutating func workEnded(of index: Index) {
        self.entries[index].work -= 1
        precondition(self.entries[index].work >= 0, "work ends once")
        guard self.entries[index].work == 0 else { return }
        self.restingCount += 1
        if self.restingCount > self.restingMax { self.forgetSome() }
    }

    /// - Parameter cost: In any unit, the same for all.
    package mutating func charge(_ index: Index, _ cost: Int64) {
        self.entries[index].virtualTime += cost / self.entries[index].flow.weight
    }

    package func flow(_ index: Index) -> Flow { self.entries[index].flow }

    /// - Parameter underway: Used already, but not yet charged.
    package func virtualTime(_ index: Index, underway: Int64 = 0) -> Int64 {
        self.entries[index].virtualTime + underway / self.entries[index].flow.weight
    }

    /// The scan is over flows, not over their work, and only when one of them begins.
    private mutating func raiseFloor() {
        var least: Int64?
        for entry in self.entries where entry.work > 0 { least = min(least ?? entry.virtualTime, entry.virtualTime) }
        if let least { self.floor = max(self.floor, least) }
    }

    private mutating func forgetSome() {
        self.raiseFloor()
        let resting = self.entries.indices.filter {
            self.entries[$0].work == 0 && self.indexOfFlow[self.entries[$0].flow] == $0
        }
        let behind = resting.sorted { self.entries[$0].virtualTime < self.entries[$1].virtualTime }
        for index in behind.prefix(max(1, self.restingMax / 2)) {
            self.indexOfFlow[self.entries[index].flow] = nil
            self.free.append(index)
            self.restingCount -= 1
        }
    }
}
