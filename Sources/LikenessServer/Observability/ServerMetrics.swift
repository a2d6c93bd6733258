internal import CoreMetrics
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// Counts calls and connections through swift-metrics; whoever bootstraps a `MetricsSystem` gets the figures.
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
        let requestBytes: Counter
        let responseBytes: Counter
        let shed: Counter
    }

    private struct State {
        var calls: [Series: (count: Counter, duration: CoreMetrics.Timer)] = [:]
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
        self.inFlight = Gauge(label: "likeness_rpc_calls_in_flight", dimensions: [], factory: factory)
        self.connections = Gauge(label: "likeness_rpc_connections", dimensions: [], factory: factory)
        self.answerBytes = Gauge(label: "likeness_rpc_answer_bytes", dimensions: [], factory: factory)
        self.opened = Counter(label: "likeness_rpc_connections_opened_total", dimensions: [], factory: factory)
        self.refused = Dictionary(
            uniqueKeysWithValues: ConnectionRefusal.allCases.map { refusal in
                let dimensions = [("reason", refusal.rawValue)]
                let label = "likeness_rpc_connections_refused_total"
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
        self.state.withLock { state in
            state.inFlight += 1
            self.inFlight.record(state.inFlight)
        }
    }

    func callEnded(_ call: EndedCall) {
        let name = call.method?.fullName ?? Self.unknownMethod
        let (series, meters) = self.state.withLock { state in
            if call.wasStarted {
                state.inFlight -= 1
                self.inFlight.record(state.inFlight)
            }
            let key = Series(method: name, code: call.code)
            if let series = state.calls[key], let meters = state.methods[name] { return (series, meters) }
            let series = self.makeSeries(key, role: call.method?.requiredRole)
            state.calls[key] = series
            let meters = state.methods[name] ?? self.makeMeters(name)
            state.methods[name] = meters
            return (series, meters)
        }
        series.count.increment()
        if call.wasStarted {
            series.duration.recordNanoseconds(Int64(call.duration / .nanoseconds(1)))
            meters.requestBytes.increment(by: call.requestBytes)
            meters.responseBytes.increment(by: call.responseBytes)
        } else if call.code == .resourceExhausted {
            meters.shed.increment()
        }
    }

    private func makeSeries(_ key: Series, role: Role?) -> (Counter, CoreMetrics.Timer) {
        let dimensions = [
            ("method", key.method), ("code", key.code.name), ("role", role.map { "\($0)" } ?? Self.unknownMethod),
        ]
        return (
            Counter(label: "likeness_rpc_calls_total", dimensions: dimensions, factory: self.factory),
            CoreMetrics.Timer(
                label: "likeness_rpc_call_duration_seconds",
                dimensions: dimensions,
                preferredDisplayUnit: .seconds,
                factory: self.factory
            )
        )
    }

    private func makeMeters(_ method: String) -> MethodMeters {
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: [("method", method)], factory: self.factory)
        }
        return MethodMeters(
            requestBytes: counter("likeness_rpc_request_bytes_total"),
            responseBytes: counter("likeness_rpc_response_bytes_total"),
            shed: counter("likeness_rpc_calls_refused_total")
        )
    }
}
