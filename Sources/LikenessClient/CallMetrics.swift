public import CoreMetrics
internal import LikenessMessages
internal import Synchronization

/// Counts calls through swift-metrics, each once, however many attempts it took.
///
/// `likeness_client_calls_total` and the timer `likeness_client_call_duration_seconds`, both with the labels `method` and
/// `code`, and the gauge `likeness_client_calls_in_flight`. Make one, and give it to every client of the process.
public final class CallMetrics: ClientInterceptor {
    private struct Series: Hashable {
        let method: String
        let code: LikenessError.Code?
    }

    private struct State {
        var series: [Series: (count: Counter, duration: CoreMetrics.Timer)] = [:]
        var inFlight = 0
    }

    private let factory: any MetricsFactory
    private let state = Mutex(State())
    private let inFlight: Gauge

    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        self.inFlight = Gauge(label: "likeness_client_calls_in_flight", dimensions: [], factory: factory)
        self.inFlight.record(0)
    }

    public func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        self.changeInFlight(by: 1)
        defer { self.changeInFlight(by: -1) }
        do {
            let result = try await next(call)
            self.ended(call, nil, since: start)
            return result
        } catch {
            self.ended(call, LikenessError(any: error).code, since: start)
            throw error
        }
    }

    private func changeInFlight(by change: Int) {
        self.state.withLock { state in
            state.inFlight += change
            self.inFlight.record(state.inFlight)
        }
    }

    private func ended(_ call: CallContext, _ code: LikenessError.Code?, since start: ContinuousClock.Instant) {
        let key = Series(method: call.method.fullName, code: code)
        let series = self.state.withLock { state in
            if let series = state.series[key] { return series }
            let dimensions = [("method", key.method), ("code", code?.description ?? "OK")]
            let series = (
                count: Counter(label: "likeness_client_calls_total", dimensions: dimensions, factory: self.factory),
                duration: CoreMetrics.Timer(
                    label: "likeness_client_call_duration_seconds",
                    dimensions: dimensions,
                    factory: self.factory
                )
            )
            state.series[key] = series
            return series
        }
        series.count.increment()
        series.duration.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    }
}
