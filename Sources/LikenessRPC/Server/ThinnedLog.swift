package import Logging
internal import Synchronization

/// A log whose lines repeat: of each caller, reason and level the first line is written at once, and then, once an
/// interval, how many more there were. May be called anywhere, event loops included.
///
///     let log = ThinnedLog("a call failed", logger: logger)
///     log.log(.error, caller: name, reason: "DATABASE_UNAVAILABLE", details: ["detail": "\(detail)"])
package final class ThinnedLog: Sendable {
    private let message: Logger.Message
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var thinning: LogThinning
        /// Whether a task waits for the next summary.
        var isWaiting = false
    }

    package init(_ message: Logger.Message, logger: Logger, thinning: LogThinning = LogThinning()) {
        self.message = message
        self.logger = logger
        self.state = Mutex(State(thinning: thinning))
    }

    /// - Parameters:
    ///   - caller: Who caused the line; empty where that is unknown.
    ///   - reason: Of a fixed list, nothing that a caller made up.
    ///   - common: What all lines of this caller, reason and level say; by default `caller` and `reason`.
    ///   - details: What only this line says.
    package func log(
        _ level: Logger.Level,
        caller: String,
        reason: String,
        common: @autoclosure () -> Logger.Metadata? = nil,
        details: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard level >= self.logger.logLevel else { return }
        let (said, waits) = self.state.withLock { state in
            let said = state.thinning.arrived(
                .init(level, caller: caller, reason: reason),
                metadata: common() ?? ["caller": "\(caller)", "reason": "\(reason)"],
                now: .now
            )
            defer { state.isWaiting = true }
            return (said, !state.isWaiting)
        }
        if waits { Task { await self.writeSummaries() } }
        guard let said else { return }
        self.logger.log(level: level, self.message, metadata: said.merging(details()) { _, detail in detail })
    }

    /// Writes what was counted so far: for the end of the process.
    package func flush() {
        self.write(self.state.withLock { $0.thinning.drain() })
    }

    /// Works until nothing is counted any more.
    private func writeSummaries() async {
        while true {
            let next = self.state.withLock { state in
                let next = state.thinning.nextDue
                if next == nil { state.isWaiting = false }
                return next
            }
            guard let next else { return }
            try? await ContinuousClock().sleep(until: next)
            self.write(self.state.withLock { $0.thinning.due(now: .now) })
        }
    }

    private func write(_ summaries: [LogThinning.Summary]) {
        let interval = self.state.withLock { $0.thinning.interval }
        for summary in summaries {
            var metadata = summary.metadata
            metadata["count"] = "\(summary.count)"
            metadata["within_s"] = "\(interval.components.seconds)"
            self.logger.log(level: summary.kind.level, "\(self.message), more of the same", metadata: metadata)
        }
    }
}
