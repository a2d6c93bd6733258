/// Which two flows were seen last: enough to know whether a flow has others beside it, at the cost of a comparison.
package struct RecentFlows: Sendable {
    private var latest: (flow: Flow, time: Int64)?
    private var other: (flow: Flow, time: Int64)?

    package init() {}

    /// - Parameter time: On any clock, in nanoseconds.
    package mutating func saw(_ flow: Flow, at time: Int64) {
        if let latest, latest.flow != flow { self.other = latest }
        self.latest = (flow, time)
    }

    /// When a flow other than this one was last seen.
    package func lastSeen(otherThan flow: Flow) -> Int64? {
        guard let latest else { return nil }
        return latest.flow != flow ? latest.time : self.other?.time
    }
}
