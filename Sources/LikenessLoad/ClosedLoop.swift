internal import Histogram
package import LikenessClient
internal import LikenessMessages
internal import Synchronization

/// A number of callers that each send the next request when the last was answered.
///
/// Good for the most a service can do at a concurrency; its latencies hide stalls, as every closed loop's do.
package struct ClosedLoop: Sendable {
    package struct Options: Sendable {
        /// Calls under way at once.
        package var concurrency: Int
        package var warmUp: Duration
        package var duration: Duration
        package var seed: UInt64
        package var limit: Int32

        package init(concurrency: Int, warmUp: Duration, duration: Duration, seed: UInt64, limit: Int32) {
            self.concurrency = concurrency
            self.warmUp = warmUp
            self.duration = duration
            self.seed = seed
            self.limit = limit
        }
    }

    private let client: LikenessClient
    private let options: Options

    package init(client: LikenessClient, options: Options) {
        self.client = client
        self.options = options
    }

    /// Searches by vector until the time is over.
    package func run() async -> LoadResult {
        let start = ContinuousClock.now + self.options.warmUp
        let end = start + self.options.duration
        return await withTaskGroup(of: CallerResult.self) { group in
            for index in 0..<self.options.concurrency {
                group.addTask { await self.call(seed: self.options.seed &+ UInt64(index), from: start, until: end) }
            }
            var total = CallerResult()
            for await result in group { total.merge(result) }
            return LoadResult(total, options: self.options)
        }
    }

    private func call(
        seed: UInt64,
        from start: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async -> CallerResult {
        var result = CallerResult()
        // Made before, so that the tester's own work is small while it measures.
        var random = SplitMix64(seed: seed)
        let requests = (0..<64).map { _ in
            QueryRequest(
                query: .init(ask: .vector(.init(values: QueryVectors.next(&random)))),
                limit: self.options.limit
            )
        }
        var next = 0
        while true {
            let sent = ContinuousClock.now
            guard sent < end, !Task.isCancelled else { return result }
            let request = requests[next % requests.count]
            next += 1
            do {
                let response = try await self.client.search.query(request, options: CallOptions())
                guard sent >= start else { continue }
                result.record(ContinuousClock.now - sent, hits: response.hits.count)
            } catch {
                guard sent >= start else { continue }
                result.recordError((error as? LikenessError).map { "\($0.code)" } ?? "OTHER")
            }
        }
    }
}

/// What one caller, or all together, saw.
struct CallerResult: Sendable {
    var calls = 0
    var hits = 0
    var errors: [String: Int] = [:]
    /// Microseconds, to a minute.
    var latencies = Histogram<UInt64>(highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .three)

    mutating func record(_ latency: Duration, hits: Int) {
        self.calls += 1
        self.hits += hits
        self.latencies.record(min(UInt64(max(latency / .microseconds(1), 0)), 60_000_000))
    }

    mutating func recordError(_ code: String) { self.errors[code, default: 0] += 1 }

    mutating func merge(_ other: CallerResult) {
        self.calls += other.calls
        self.hits += other.hits
        self.errors.merge(other.errors, uniquingKeysWith: +)
        for value in other.latencies.recordedValues() { self.latencies.record(value.value, count: value.count) }
    }
}

/// Figures of one run.
package struct LoadResult: Sendable, Encodable {
    package let concurrency: Int
    package let calls: Int
    package let errors: [String: Int]
    /// Answers a second.
    package let rate: Double
    /// Milliseconds.
    package let p50: Double
    package let p90: Double
    package let p99: Double
    package let max: Double
    package let hitsPerCall: Double

    init(_ total: CallerResult, options: ClosedLoop.Options) {
        func milliseconds(_ percentile: Double) -> Double {
            Double(total.latencies.valueAtPercentile(percentile)) / 1_000
        }
        self.concurrency = options.concurrency
        self.calls = total.calls
        self.errors = total.errors
        self.rate = Double(total.calls) / (options.duration / .seconds(1))
        self.p50 = milliseconds(50)
        self.p90 = milliseconds(90)
        self.p99 = milliseconds(99)
        self.max = Double(total.latencies.max) / 1_000
        self.hitsPerCall = total.calls == 0 ? 0 : Double(total.hits) / Double(total.calls)
    }
}
