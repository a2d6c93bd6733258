internal import LikenessScheduling

/// How the connections of a pool are shared between flows: who may hold another, and whose turn it is.
///
/// What counts is the time for which connections are held. A statement that runs is not interrupted for another caller, so
/// shares are also bounds: one caller never holds all connections, and beside others only `connectionsPerCaller` of them.
struct PoolShares {
    /// A connection that is lent.
    struct Loan {
        fileprivate let flow: FlowTable.Index
        let since: Moment
    }

    /// The lower goes first.
    struct Rank: Comparable {
        fileprivate let isShared: Bool
        fileprivate let virtualTime: Int64

        static func < (left: Rank, right: Rank) -> Bool {
            left.isShared == right.isShared ? left.virtualTime < right.virtualTime : right.isShared
        }
    }

    private struct Use {
        var waiting = 0
        var held = 0
        /// Of the beginnings of what is held, in nanoseconds: with it the time held so far is one subtraction.
        var sinceSum: Int64 = 0
    }

    private let configuration: PoolConfiguration
    private let otherCallersTime: Int64
    private var flows = FlowTable()
    private var uses: [Use] = []
    private var recentCallers = RecentFlows()
    /// Connections held by others than the system.
    private var sharedHeld = 0

    init(configuration: PoolConfiguration) {
        self.configuration = configuration
        self.otherCallersTime = (Moment(nanoseconds: 0) + configuration.otherCallersTime).nanoseconds
    }

    // MARK: Events

    /// A request for a connection. It ends by ``returned(_:now:)`` or ``gaveUp(_:)``.
    mutating func arrived(_ flow: Flow, now: Moment) -> FlowTable.Index {
        let index = self.flows.workArrived(of: flow)
        while self.uses.count <= index { self.uses.append(Use()) }
        if flow.class == .caller { self.recentCallers.saw(flow, at: now.nanoseconds) }
        return index
    }

    mutating func waits(_ index: FlowTable.Index) { self.uses[index].waiting += 1 }

    mutating func waitEnded(_ index: FlowTable.Index) { self.uses[index].waiting -= 1 }

    mutating func gaveUp(_ index: FlowTable.Index) { self.flows.workEnded(of: index) }

    mutating func lent(to index: FlowTable.Index, now: Moment) -> Loan {
        self.uses[index].held += 1
        self.uses[index].sinceSum += now.nanoseconds
        if self.isShared(index) { self.sharedHeld += 1 }
        return Loan(flow: index, since: now)
    }

    /// - Returns: Who had it.
    mutating func returned(_ loan: Loan, now: Moment) -> Flow {
        let flow = self.flows.flow(loan.flow)
        self.uses[loan.flow].held -= 1
        self.uses[loan.flow].sinceSum -= loan.since.nanoseconds
        if flow.class != .system { self.sharedHeld -= 1 }
        self.flows.charge(loan.flow, now.nanoseconds - loan.since.nanoseconds)
        self.flows.workEnded(of: loan.flow)
        return flow
    }

    // MARK: Rules

    private func isShared(_ index: FlowTable.Index) -> Bool { self.flows.flow(index).class != .system }

    func mayHold(_ index: FlowTable.Index, now: Moment) -> Bool {
        self.uses[index].held < self.heldMax(index, now: now)
            && (!self.isShared(index) || self.sharedHeld < self.configuration.sharedConnections)
    }

    private func heldMax(_ index: FlowTable.Index, now: Moment) -> Int {
        let flow = self.flows.flow(index)
        switch flow.class {
        case .system: return self.configuration.connectionsMax
        case .background: return self.configuration.connectionsMax(hasOthers: true)
        case .caller:
            let seen = self.recentCallers.lastSeen(otherThan: flow)
            let hasOthers = seen.map { now.nanoseconds - $0 < self.otherCallersTime } ?? false
            return self.configuration.connectionsMax(hasOthers: hasOthers)
        }
    }

    /// When a flow that holds its share beside others may hold more.
    func growth(of index: FlowTable.Index) -> Moment? {
        let flow = self.flows.flow(index)
        guard flow.class == .caller, let seen = self.recentCallers.lastSeen(otherThan: flow) else { return nil }
        return Moment(nanoseconds: seen + self.otherCallersTime)
    }

    /// A flow may have as many requests waiting as places are left, so that there is always one left for another.
    func mayWait(_ index: FlowTable.Index, placesLeft: Int) -> Bool {
        placesLeft > (self.isShared(index) ? self.uses[index].waiting : 0)
    }

    func rank(_ index: FlowTable.Index, now: Moment) -> Rank {
        let use = self.uses[index]
        let underway = Int64(use.held) &* now.nanoseconds &- use.sinceSum
        return Rank(
            isShared: self.isShared(index),
            virtualTime: self.flows.virtualTime(index, underway: underway)
        )
    }

    /// Connections with which every request that waits and may be served would be.
    func wanted(now: Moment) -> Int {
        var (system, shared) = (0, 0)
        for (index, use) in self.uses.enumerated() where use.waiting > 0 {
            let wanted = min(use.waiting, max(0, self.heldMax(index, now: now) - use.held))
            if self.isShared(index) { shared += wanted } else { system += wanted }
        }
        return system + min(shared, max(0, self.configuration.sharedConnections - self.sharedHeld))
    }
}
