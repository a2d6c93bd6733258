internal import LikenessRPC
internal import LikenessWire
package import Logging
internal import Synchronization

/// The log's share of failed calls: what only the log may hold, and counts of what fails in numbers.
///
/// What is our own fault leaves a line for the first of each reason, and then how many more there were. Outages leave one
/// at once for the first call of each reason, with its cause; those that follow are counted, and the counts are one line
/// each time that `flush` is called.
package final class FailureLog: Sendable {
    /// How an error is logged.
    package enum Trace: Sendable, Hashable {
        /// Not at all: the caller has been given all there is to know.
        case none
        case each(Logger.Level)
        case counted(Logger.Level)
    }

    /// Of the process: handlers have no other way to it.
    static let shared = FailureLog(logger: Logger(label: "likeness.service"))

    private let logger: Logger
    private let faults: ThinnedLog
    private let state = Mutex(State())

    private struct State {
        /// Reasons that have had their line.
        var reasons: [String: Counted] = [:]
    }

    private struct Counted {
        /// Calls that have failed since the line, or since the last flush.
        var count = 0
        /// Whether the line is younger than the last flush.
        var isNew = true
    }

    package init(logger: Logger) {
        self.logger = logger
        self.faults = ThinnedLog(Self.message, logger: logger)
    }

    private static let message: Logger.Message = "a call failed"

    package func record(_ error: ServiceError) {
        let level: Logger.Level
        switch error.trace {
        case .none: return
        case .each(let level):
            self.faults.log(
                level,
                caller: "",
                reason: error.reason,
                common: ["code": "\(error.code.name)", "reason": "\(error.reason)"],
                details: ["detail": "\(error.logDetail ?? error.message)"]
            )
            return
        case .counted(let wanted):
            // Reasons are this program's own words, so there are few.
            let isFirst = self.state.withLock { state in
                state.reasons[error.reason]?.count += 1
                guard state.reasons[error.reason] == nil else { return false }
                state.reasons[error.reason] = Counted()
                return true
            }
            guard isFirst else { return }
            level = wanted
        }
        self.logger.log(
            level: level,
            Self.message,
            metadata: [
                "code": "\(error.code.name)", "reason": "\(error.reason)",
                "detail": "\(error.logDetail ?? error.message)",
            ]
        )
    }

    /// Writes what was counted, of faults too: for the end of the process.
    package func end() {
        self.faults.flush()
        self.flush()
    }

    /// Writes the counts since the last time. A reason for which no call has failed since then gets a line of its own next time.
    package func flush() {
        let counts = self.state.withLock { state in
            let heard = state.reasons.filter { $0.value.count > 0 || $0.value.isNew }
            state.reasons = heard.mapValues { _ in Counted(isNew: false) }
            return heard.mapValues(\.count).filter { $0.value > 0 }
        }
        guard !counts.isEmpty else { return }
        let text = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        self.logger.warning("calls failed", metadata: ["count": "\(counts.values.reduce(0, +))", "reasons": "\(text)"])
    }
}
