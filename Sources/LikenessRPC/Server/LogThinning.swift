package import Logging

/// Decides which of many like log lines are written: of each kind the first at once, then the number of the others
/// once an interval. Pure: the time is passed in.
package struct LogThinning: Sendable {
    /// Lines that are like each other.
    package struct Kind: Sendable, Hashable {
        package let level: Logger.Level
        /// Who caused them; empty where that is unknown.
        package let caller: String
        /// Of a fixed list: a caller that could make new ones would fill the log with them.
        package let reason: String

        package init(_ level: Logger.Level, caller: String, reason: String) {
            self.level = level
            self.caller = caller
            self.reason = reason
        }

        /// Stands for callers beyond the bound.
        static let others = "others"
    }

    /// Lines that were counted instead of written.
    package struct Summary: Sendable {
        package let kind: Kind
        /// At least 1.
        package let count: Int
        /// What the lines of the kind have in common.
        package let metadata: Logger.Metadata
    }

    private struct Entry {
        var until: ContinuousClock.Instant
        var count = 0
        let metadata: Logger.Metadata
    }

    package let interval: Duration
    private let kindsMax: Int
    private var entries: [Kind: Entry] = [:]
    /// Kinds of each level, without those that stand for others.
    private var kindCounts: [Logger.Level: Int] = [:]

    /// - Parameter kindsMax: Kinds of one level that are counted separately at a time. Callers of further ones are counted
    ///   together, as `others`, for each reason. Each level has its own bound: denied calls hide no failed ones.
    package init(interval: Duration = .seconds(10), kindsMax: Int = 256) {
        self.interval = interval
        self.kindsMax = kindsMax
    }

    /// Whether nothing is counted or remembered.
    package var isEmpty: Bool { self.entries.isEmpty }

    /// When the next summary may be due; `nil` when there is none.
    package var nextDue: ContinuousClock.Instant? { self.entries.values.lazy.map(\.until).min() }

    /// A line of this kind came up.
    ///
    /// - Parameter metadata: What the lines of the kind have in common; evaluated for the first only.
    /// - Returns: What the line says of its kind when it is to be written; `nil` when it was counted.
    package mutating func arrived(
        _ kind: Kind,
        metadata: @autoclosure () -> Logger.Metadata,
        now: ContinuousClock.Instant
    ) -> Logger.Metadata? {
        var kind = kind
        if self.entries[kind] == nil {
            if self.kindCounts[kind.level, default: 0] < self.kindsMax {
                self.kindCounts[kind.level, default: 0] += 1
                return self.begin(kind, metadata(), now: now)
            }
            kind = Kind(kind.level, caller: Kind.others, reason: kind.reason)
            if self.entries[kind] == nil {
                let common: Logger.Metadata = ["caller": "\(Kind.others)", "reason": "\(kind.reason)"]
                return self.begin(kind, common, now: now)
            }
        }
        self.entries[kind]?.count += 1
        return nil
    }

    private mutating func begin(
        _ kind: Kind,
        _ metadata: Logger.Metadata,
        now: ContinuousClock.Instant
    ) -> Logger.Metadata {
        self.entries[kind] = Entry(until: now.advanced(by: self.interval), metadata: metadata)
        return metadata
    }

    /// The summaries whose time has come. A kind of which nothing came up for an interval is forgotten: its next line
    /// is written at once.
    package mutating func due(now: ContinuousClock.Instant) -> [Summary] {
        var summaries: [Summary] = []
        for (kind, entry) in self.entries where entry.until <= now {
            guard entry.count > 0 else {
                self.forget(kind)
                continue
            }
            summaries.append(Summary(kind: kind, count: entry.count, metadata: entry.metadata))
            self.entries[kind]?.count = 0
            self.entries[kind]?.until = now.advanced(by: self.interval)
        }
        return summaries.sorted { ($0.kind.caller, $0.kind.reason) < ($1.kind.caller, $1.kind.reason) }
    }

    /// Every summary, due or not; all kinds are forgotten.
    package mutating func drain() -> [Summary] {
        let summaries = self.entries.compactMap { kind, entry in
            entry.count > 0 ? Summary(kind: kind, count: entry.count, metadata: entry.metadata) : nil
        }
        self.entries.removeAll()
        self.kindCounts.removeAll()
        return summaries.sorted { ($0.kind.caller, $0.kind.reason) < ($1.kind.caller, $1.kind.reason) }
    }

    private mutating func forget(_ kind: Kind) {
        self.entries[kind] = nil
        if kind.caller != Kind.others { self.kindCounts[kind.level, default: 1] -= 1 }
    }
}
