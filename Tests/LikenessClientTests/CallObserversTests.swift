import LikenessClient
import LikenessMessages
import Logging
import MetricsTestKit
import Synchronization
import Testing

/// What a client says of its calls, in its log and in its metrics.
@Suite struct CallObserversTests {
    /// Keeps every line, as `LEVEL key=value …` with the keys in order.
    private final class Lines: Sendable {
        private let recorded = Mutex<[String]>([])
        var all: [String] { self.recorded.withLock { $0 } }

        func logger(_ level: Logger.Level) -> Logger {
            var logger = Logger(label: "test") { _ in Handler(lines: self) }
            logger.logLevel = level
            return logger
        }

        private struct Handler: LogHandler {
            let lines: Lines
            var logLevel = Logger.Level.trace
            var metadata: Logger.Metadata = [:]

            func log(event: LogEvent) {
                let pairs = (event.metadata ?? [:]).filter { $0.key != "duration_ms" }.sorted { $0.key < $1.key }
                self.lines.recorded.withLock {
                    $0.append("\(event.level)\(pairs.map { " \($0.key)=\($0.value)" }.joined())")
                }
            }

            subscript(metadataKey key: String) -> Logger.MetadataValue? {
                get { self.metadata[key] }
                set { self.metadata[key] = newValue }
            }
        }
    }

    private static let call = CallContext(method: SearchServiceMethods.query.info, options: .init())
    private static let name = "likeness.v1.SearchService/Query"

    private static func run(_ interceptor: some ClientInterceptor, _ error: (any Error)? = nil) async {
        do {
            let answer = try await interceptor.intercept(Self.call) { _ in
                if let error { throw error }
                return 7
            }
            #expect(answer == 7 && error == nil)
        } catch let thrown {
            #expect("\(thrown)" == error.map { "\($0)" })
        }
    }

    private static func error(_ code: LikenessError.Code, reason: String = "") -> LikenessError {
        LikenessError(code, "the secret of a message", reason: reason)
    }

    @Test func `calls that failed by no fault of the request are lines of the log`() async {
        let lines = Lines()
        let log = CallLog(logger: lines.logger(.info))
        await Self.run(log)
        await Self.run(log, Self.error(.notFound))
        await Self.run(log, Self.error(.unavailable, reason: "DATABASE_UNAVAILABLE"))
        await Self.run(log, Self.error(.permissionDenied))
        await Self.run(log, Self.error(.internal))
        #expect(
            lines.all == [
                "warning code=UNAVAILABLE method=\(Self.name) reason=DATABASE_UNAVAILABLE",
                "notice code=PERMISSION_DENIED method=\(Self.name)",
                "error code=INTERNAL method=\(Self.name)",
            ]
        )
    }

    @Test func `slow calls are lines too, and at debug all are`() async {
        let (slow, all) = (Lines(), Lines())
        await Self.run(CallLog(logger: slow.logger(.info), slow: .zero))
        #expect(slow.all == ["warning code=OK method=\(Self.name)"])
        let log = CallLog(logger: all.logger(.debug), slow: .seconds(3_600))
        await Self.run(log)
        await Self.run(log, CancellationError())
        #expect(all.all == ["debug code=OK method=\(Self.name)", "debug code=CANCELLED method=\(Self.name)"])
    }

    @Test func `calls are counted and timed by method and code`() async throws {
        let test = TestMetrics()
        let metrics = CallMetrics(factory: test)
        for _ in 0..<3 { await Self.run(metrics) }
        await Self.run(metrics, Self.error(.unavailable))
        for (code, count) in [("OK", 3), ("UNAVAILABLE", 1)] {
            let labels = [("method", Self.name), ("code", code)]
            #expect(try test.expectCounter("likeness_client_calls_total", labels).totalValue == Int64(count))
            let timer = try test.expectTimer("likeness_client_call_duration_seconds", labels)
            #expect(timer.values.count == count && timer.values.allSatisfy { $0 >= 0 })
        }
        let inFlight = try test.expectGauge("likeness_client_calls_in_flight")
        #expect(inFlight.values.max() == 1 && inFlight.lastValue == 0)
    }
}
