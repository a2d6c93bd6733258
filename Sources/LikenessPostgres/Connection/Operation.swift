/// What one request to the server is waiting for.
struct Operation {
    /// One statement that was sent in a pipeline, in the order of the answers.
    enum Step {
        /// BEGIN, ROLLBACK or DEALLOCATE, sent along with what the caller asked for.
        case preparation
        case setting(SessionSetting)
        /// Of a setting to the session's own value.
        case reset(name: String)
        case parse(statement: String, StatementLabel)
        case query(statement: String, StatementLabel)
    }

    enum Mode {
        /// Statements and one sync.
        case pipeline
        /// One text, perhaps of several statements.
        case script
        /// COPY: asked for, flowing, ended by us or the server.
        case copyIn(CopyPhase)
        case copyOut(CopyPhase)
    }

    enum CopyPhase { case starting, flowing, ending }
    enum Cancelling { case notAsked, underway, finished }

    let id: UInt64
    var mode: Mode
    let started = Moment.now
    let deadline: Moment?
    /// A COMMIT is never cancelled, and what it answers is waited for: only it says what happened to the data.
    let isCommit: Bool
    /// The work commits without a COMMIT of the caller's, or is one: if no answer comes, the outcome is unknown.
    var mayCommit: Bool
    var steps: [Step] = []
    var nextStep = 0
    var results = ResultList()
    var failure: DatabaseError?
    /// The statement that the server refused, in a pipeline.
    var failedStatement: String?
    /// What its time is counted under: what it began with, or what failed; `nil` for what is not counted.
    var label: StatementLabel?
    /// `nil` once the caller has its answer, or while no caller waits.
    var continuation: CheckedContinuation<Outcome, Never>?
    var isServerDone = false
    var cancelling = Cancelling.notAsked
    /// The caller was answered before the server was done; by then the server must be, or the connection is closed.
    var settlesBy: Moment?

    /// When the server is told again to stop. It ignores a cancel that comes before it has begun with the statement.
    var cancelsAgainAt: Moment?
    static let cancelPause: Duration = .milliseconds(50)

    /// How long the server may take to answer a COMMIT, whatever deadline its transaction had.
    static let commitTime: Duration = .seconds(10)

    /// How long the server may take to end what was given up.
    static let settlingTime: Duration = .seconds(2)

    var currentStep: Step? { self.nextStep < self.steps.count ? self.steps[self.nextStep] : nil }

    mutating func fail(_ error: DatabaseError) {
        if self.failure == nil { self.failure = error }
    }
}

/// How an operation, or one stage of a COPY, ended.
struct Outcome: Sendable {
    var results = ResultList()
    var failure: DatabaseError?
    var failedStatement: String?
    var types = ExtensionTypes()
    /// From the sending to the server's last answer; 0 where nothing was sent.
    var nanoseconds: Int64 = 0
    /// Whether the session was outside a transaction when the server had answered.
    var isIdle = false
}

/// What to do once the connection's lock is free again.
struct Effects {
    var answers: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
    var callbacks: [@Sendable () -> Void] = []

    func perform() {
        for (continuation, outcome) in self.answers { continuation.resume(returning: outcome) }
        for callback in self.callbacks { callback() }
    }
}
