package import LikenessClient

/// How a run is made.
package struct LoadPlan: Sendable {
    package enum Mode: Sendable {
        /// So many callers that each send the next request when the last was answered.
        ///
        /// Good for the most a service can do; its latencies hide stalls.
        case closed(concurrency: Int)
        /// Requests at planned times, whatever the service does; latency counts from the planned time.
        case open(RatePlan, Arrivals)
    }

    /// Whom to call, and the certificates.
    package var service: ClientConfiguration
    package var mode: Mode
    package var connections = 1
    /// Event loops that share the connections.
    package var threads = 1
    /// Calls under way at once, on all connections.
    package var inFlightMax = 1_024
    package var warmUp = Duration.seconds(1)
    package var duration = Duration.seconds(10)
    /// Time for the calls under way to be answered when the run is interrupted.
    package var interruptGrace = Duration.seconds(2)
    /// Requests after which the run ends, if that is sooner.
    package var count: Int?
    package var seed: UInt64 = 1
    /// Before a planned time, look at the clock over and over instead of sleeping: more exact, and costs CPU.
    package var spin = Duration.zero
    /// Judges the answers; requests are numbered as in the workload's only kind.
    package var verifier: (any AnswerVerifier)?

    package init(service: ClientConfiguration, mode: Mode) {
        self.service = service
        self.mode = mode
    }

    /// What a worker of a run begins with.
    func emptyRecord(for workload: Workload) -> LoadRecord {
        var ends: [UInt64] = []
        if case .open(let rates, _) = self.mode {
            ends = rates.steps.map { UInt64((($0.start + $0.seconds) * 1e9).rounded()) }
        }
        return LoadRecord(
            kinds: workload.kinds.map(\.name),
            stepEnds: ends,
            intervalSeconds: max(1, Int((self.duration / .seconds(LoadRecord.intervalsMax)).rounded(.up)))
        )
    }
}
