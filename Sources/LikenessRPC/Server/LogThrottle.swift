internal import NIOCore

/// Lets one line a minute pass for every source, and counts the others. Pure: the time is passed in.
struct LogThrottle: Sendable {
    private let interval: TimeAmount
    private let sourcesMax: Int
    private var sources: [String: (until: NIODeadline, suppressed: Int)] = [:]

    init(interval: TimeAmount = .minutes(1), sourcesMax: Int = 1_024) {
        self.interval = interval
        self.sourcesMax = sourcesMax
    }

    /// - Returns: How many lines were kept back since the last that passed, when this one may pass.
    mutating func passes(_ source: String, now: NIODeadline) -> Int? {
        if let known = self.sources[source] {
            guard now >= known.until else {
                self.sources[source] = (known.until, known.suppressed + 1)
                return nil
            }
            self.sources[source] = (now + self.interval, 0)
            return known.suppressed
        }
        if self.sources.count >= self.sourcesMax {
            self.sources = self.sources.filter { $0.value.until > now }
            // So many sources within a minute: they are one.
            guard self.sources.count < self.sourcesMax else { return nil }
        }
        self.sources[source] = (now + self.interval, 0)
        return 0
    }
}
