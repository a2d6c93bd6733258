/// What went wrong between us and PostgreSQL, without a word that a user of the service may not read.
package struct DatabaseError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// The session ended: broken socket, terminated backend, server shutting down, or the role of the server changed.
        case connectionLost
        /// No session could be opened in time: refused, unreachable, authentication, too many sessions.
        case connectFailed
        /// Every connection was busy for as long as the caller would wait, or the queue was full.
        case poolExhausted(waited: Duration)
        /// The database does not answer: no connection is open and none can be opened.
        case poolDown
        /// The pool was shut down.
        case poolClosed
        /// The caller's deadline passed.
        case deadlineExceeded
        /// The calling task was cancelled.
        case cancelled
        /// The server refused the statement.
        case statement(sqlState: String)
        /// The server answered with something that the caller cannot read: another type, NULL, broken text.
        case unreadableAnswer
    }

    package var kind: Kind
    /// True: nothing left this process, so a retry cannot run the statement twice.
    package var nothingWasSent: Bool
    /// True: the statement may have committed although no answer came.
    package var outcomeUnknown: Bool
    /// The server's code, also for the kinds other than `.statement` where the server gave one.
    package var sqlState: String?
    /// The constraint that refused a row.
    package var constraint: String?
    /// The DETAIL field of the server's message. It may quote row data: never shown to users.
    package var serverDetail: String?
    /// Text for logs only: it may quote row data.
    package var detail: String

    package init(
        _ kind: Kind,
        nothingWasSent: Bool = false,
        outcomeUnknown: Bool = false,
        sqlState: String? = nil,
        constraint: String? = nil,
        serverDetail: String? = nil,
        detail: String = ""
    ) {
        self.kind = kind
        self.nothingWasSent = nothingWasSent
        self.outcomeUnknown = outcomeUnknown
        self.sqlState = sqlState
        self.constraint = constraint
        self.serverDetail = serverDetail
        self.detail = detail
        if case .statement(let code) = kind { self.sqlState = code }
    }
}

extension DatabaseError: CustomStringConvertible {
    /// A harmless sentence; `detail` is for those who ask for it.
    package var description: String {
        switch self.kind {
        case .connectionLost: "the connection to the database was lost"
        case .connectFailed: "no connection to the database could be opened"
        case .poolExhausted(let waited): "every database connection was busy for \(waited)"
        case .poolDown: "the database does not answer"
        case .poolClosed: "the connection pool is shut down"
        case .deadlineExceeded: "the database did not answer before the deadline"
        case .cancelled: "the database call was cancelled"
        case .statement(let sqlState): "the database refused the statement (\(sqlState))"
        case .unreadableAnswer: "the database's answer could not be read"
        }
    }
}
