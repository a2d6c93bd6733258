/// Why the database cannot do what a correct request asks, now or until an operator has done something.
///
/// The raw value is the reason that callers get. What each one means to them and to operators is said here and nowhere else.
package enum Outage: String, Sendable, Hashable, CaseIterable {
    case unreachable = "DATABASE_UNAVAILABLE"
    case starting = "DATABASE_STARTING"
    case stopping = "DATABASE_STOPPING"
    case full = "DATABASE_FULL"
    case readOnly = "DATABASE_READ_ONLY"
    case connections = "DATABASE_CONNECTIONS"
    case resources = "DATABASE_RESOURCES"
    case locked = "DATABASE_LOCKED"
    case timedOut = "DATABASE_TIMEOUT"
    case behind = "DATABASE_BEHIND"
    case notReady = "DATABASE_NOT_READY"
    case storage = "DATABASE_STORAGE"
    case access = "DATABASE_ACCESS"
    case rights = "DATABASE_RIGHTS"
    case schema = "DATABASE_SCHEMA"
    case viewNotReady = "VIEW_NOT_READY"

    package struct Facts: Sendable {
        /// For callers: without names, texts or numbers of the database.
        package let message: String
        /// When a repetition may succeed.
        package let retryAfter: Duration
        /// Whether an operator has to do something: it does not pass by itself.
        package let needsOperator: Bool
    }

    package var facts: Facts {
        switch self {
        case .unreachable: Facts("the database does not answer", .milliseconds(200))
        case .starting: Facts("the database is starting", .seconds(1))
        case .stopping: Facts("the database is stopping", .seconds(1))
        case .full: Facts("the database's disk is full", .seconds(5), needsOperator: true)
        case .readOnly: Facts("the database takes no writes now", .seconds(1))
        case .connections: Facts("the database takes no more connections", .seconds(1))
        case .resources: Facts("the database is out of memory or another resource", .seconds(1))
        case .locked: Facts("a lock in the database was not had in time", .milliseconds(500))
        case .timedOut: Facts("the database gave up on a statement that took too long", .seconds(1))
        case .behind: Facts("the database's copy has not caught up with that write", .milliseconds(50))
        case .notReady: Facts("the database is not in a state to do this", .seconds(1))
        case .storage: Facts("the database cannot read or write its files", .seconds(5), needsOperator: true)
        case .access: Facts("the database does not let the service in", .seconds(5), needsOperator: true)
        case .rights: Facts("the service may not do this in the database", .seconds(5), needsOperator: true)
        case .viewNotReady: Facts("what the mask shows is being made ready for searches", .seconds(1))
        case .schema: Facts("the database's schema is not the service's", .seconds(5), needsOperator: true)
        }
    }
}

extension Outage.Facts {
    fileprivate init(_ message: String, _ retryAfter: Duration, needsOperator: Bool = false) {
        self.init(message: message, retryAfter: retryAfter, needsOperator: needsOperator)
    }
}
