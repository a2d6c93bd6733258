internal import Synchronization

/// How long the database took for what was asked of it, by statement and by how it ended.
///
/// One observation a round trip, from the sending to the server's last answer: the server sends the answers to several statements at
/// once, so that their times cannot be told apart. It counts for the first of them that has a name, or for the one that failed.
package final class StatementTimes: Sendable {
    package struct Entry: Sendable {
        /// The name of the ``StatementLabel``.
        package let statement: String
        /// `nil` for what succeeded.
        package let failure: Failure?
        package let times: TimeHistogram
    }

    /// How a round trip failed.
    package struct Failure: Sendable, Hashable {
        /// The server's code; `nil` where it gave none.
        package let sqlState: String?
        /// The code, or a word where there is none.
        package let reason: String

        private init(sqlState: String?, reason: String) { (self.sqlState, self.reason) = (sqlState, reason) }

        init(_ error: DatabaseError) {
            let word =
                switch error.kind {
                case .connectionLost: "connection_lost"
                case .deadlineExceeded: "timeout"
                case .cancelled: "cancelled"
                case .unreadableAnswer: "unreadable_answer"
                case .connectFailed, .poolExhausted, .poolDown, .poolClosed, .statement: "_OTHER"
                }
            self.init(sqlState: error.sqlState, reason: error.sqlState ?? word)
        }

        /// Whatever comes once ``failuresMax`` are counted by themselves.
        fileprivate static let other = Failure(sqlState: nil, reason: "_OTHER")
    }

    /// Statements and failures that are counted by themselves. A function of the database may raise any code.
    package static let failuresMax = 256

    private struct Failed: Hashable {
        let label: StatementLabel
        let failure: Failure
    }

    private struct State {
        /// By the index of the label.
        var succeeded: [TimeHistogram] = []
        var failed: [Failed: TimeHistogram] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter error: `nil` for what succeeded.
    func record(_ label: StatementLabel, _ error: DatabaseError?, from start: Moment, to end: Moment) {
        self.state.withLock { state in
            guard let error else {
                while state.succeeded.count <= label.index { state.succeeded.append(TimeHistogram()) }
                return state.succeeded[label.index].observe(from: start, to: end)
            }
            var key = Failed(label: label, failure: Failure(error))
            if state.failed[key] == nil, state.failed.count >= Self.failuresMax {
                key = Failed(label: .other, failure: .other)
            }
            state.failed[key, default: TimeHistogram()].observe(from: start, to: end)
        }
    }

    /// What was observed so far.
    package var entries: [Entry] {
        let state = self.state.withLock { $0 }
        let succeeded = state.succeeded.enumerated().filter { $0.element.count > 0 }.map { index, times in
            Entry(statement: StatementLabel(at: index).name, failure: nil, times: times)
        }
        return succeeded
            + state.failed.map { Entry(statement: $0.key.label.name, failure: $0.key.failure, times: $0.value) }
    }
}
