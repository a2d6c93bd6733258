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
        var durations: [StatusCode: CoreMetrics.Timer] = [:]
    }

    private struct State {
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
        let method = call.method?.fullName ?? Self.unknownMethod
        guard call.wasStarted else {
            let series = Series(method: method, code: call.code)
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
            let meters = self.meters(of: method, &state)
            if let duration = meters.durations[call.code] { return (duration, meters) }
            let duration = self.duration(of: method, call.code)
            state.methods[method]?.durations[call.code] = duration
            return (duration, meters)
        }
        duration.recordNanoseconds(Int64(call.duration / .nanoseconds(1)))
        meters.requestBytes.increment(by: call.requestBytes)
        meters.responseBytes.increment(by: call.responseBytes)
    }

    private static let system = ("rpc_system_name", "likeness")

    private func duration(of method: String, _ code: StatusCode) -> CoreMetrics.Timer {
        CoreMetrics.Timer(
            label: ServiceMetric.callDuration.name,
            dimensions: [Self.system, ("rpc_method", method), ("rpc_status_code", code.name)],
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
