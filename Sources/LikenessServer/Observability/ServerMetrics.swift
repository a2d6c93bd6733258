internal import CoreMetrics
internal import LikenessMessages
internal import LikenessMetrics
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// Counts calls and connections through swift-metrics, by the names of ``ServiceMetric``.
///
/// Labels come from the contract and from fixed lists only, so a peer cannot make new series: a method that does not
/// exist counts as `_OTHER`.
///
/// - SeeAlso: `docs/operations.md`, "Metrics".
final class ServerMetrics: ServerObserver {
    private struct Series: Hashable {
        let method: String
        let code: StatusCode
    }

    private struct MethodMeters {
        let started: Counter
        let requestBytes: Counter
        let responseBytes: Counter
    }

    private struct State {
        var durations: [Series: CoreMetrics.Timer] = [:]
        var refusals: [Series: Counter] = [:]
        var methods: [String: MethodMeters] = [:]
        var inFlight = 0
        var connections = 0
    }

    private let factory: any MetricsFactory
    private let state = Mutex(State())
    private let inFlight: Gauge
    private let connections: Gauge
    private let answerBytes: Gauge
    private let opened: Counter
    private let refused: [ConnectionRefusal: Counter]

    static let unknownMethod = "_OTHER"

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        self.inFlight = Gauge(label: ServiceMetric.callsInFlight.name, dimensions: [], factory: factory)
        self.connections = Gauge(label: ServiceMetric.connections.name, dimensions: [], factory: factory)
        self.answerBytes = Gauge(label: ServiceMetric.answerBytes.name, dimensions: [], factory: factory)
        self.opened = Counter(label: ServiceMetric.connectionsOpened.name, dimensions: [], factory: factory)
        self.refused = Dictionary(
            uniqueKeysWithValues: ConnectionRefusal.allCases.map { refusal in
                let dimensions = [("reason", refusal.rawValue)]
                let label = ServiceMetric.connectionsRefused.name
                return (refusal, Counter(label: label, dimensions: dimensions, factory: factory))
            }
        )
        self.inFlight.record(0)
        self.connections.record(0)
        self.answerBytes.record(0)
    }

    func answerBytesUnderWay(_ bytes: Int) { self.answerBytes.record(bytes) }

    func connectionOpened(_ peer: PeerIdentity) {
        self.opened.increment()
        self.state.withLock { state in
            state.connections += 1
            self.connections.record(state.connections)
        }
    }

    func connectionClosed(_ peer: PeerIdentity) {
        self.state.withLock { state in
            state.connections -= 1
            self.connections.record(state.connections)
        }
    }

    func connectionRefused(_ refusal: ConnectionRefusal) { self.refused[refusal]?.increment() }

    func callStarted(_ method: MethodInfo) {
        let started = self.state.withLock { state in
            state.inFlight += 1
            self.inFlight.record(state.inFlight)
            return self.meters(of: method.fullName, &state).started
        }
        started.increment()
    }

    func callEnded(_ call: EndedCall) {
        let series = Series(method: call.method?.fullName ?? Self.unknownMethod, code: call.code)
        guard call.wasStarted else {
            let refusals = self.state.withLock { state in
                if let counter = state.refusals[series] { return counter }
                let counter = self.refusals(of: series)
                state.refusals[series] = counter
                return counter
            }
            refusals.increment()
            return
        }
        let (duration, meters) = self.state.withLock { state in
            state.inFlight -= 1
            self.inFlight.record(state.inFlight)
            let meters = self.meters(of: series.method, &state)
            if let duration = state.durations[series] { return (duration, meters) }
            let duration = self.duration(of: series)
            state.durations[series] = duration
            return (duration, meters)
        }
        duration.recordNanoseconds(Int64(call.duration / .nanoseconds(1)))
        meters.requestBytes.increment(by: call.requestBytes)
        meters.responseBytes.increment(by: call.responseBytes)
    }

    private static let system = ("rpc_system_name", "likeness")

    private func duration(of series: Series) -> CoreMetrics.Timer {
        CoreMetrics.Timer(
            label: ServiceMetric.callDuration.name,
            dimensions: [Self.system, ("rpc_method", series.method), ("rpc_status_code", series.code.name)],
            preferredDisplayUnit: .seconds,
            factory: self.factory
        )
    }

    private func refusals(of series: Series) -> Counter {
        let dimensions = [("rpc_method", series.method), ("rpc_status_code", series.code.name)]
        return Counter(label: ServiceMetric.callsRefused.name, dimensions: dimensions, factory: self.factory)
    }

    private func meters(of method: String, _ state: inout State) -> MethodMeters {
        if let meters = state.methods[method] { return meters }
        func counter(_ metric: MetricDescription, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: metric.name, dimensions: dimensions + [("rpc_method", method)], factory: self.factory)
        }
        let meters = MethodMeters(
            started: counter(ServiceMetric.callsStarted, [Self.system]),
            requestBytes: counter(ServiceMetric.requestBytes),
            responseBytes: counter(ServiceMetric.responseBytes)
        )
        state.methods[method] = meters
        return meters
    }
}
