/// What PostgreSQL's error codes mean. The one table: a code that has no row has its class's, a class that has none is
/// our own fault.
///
/// - SeeAlso: PostgreSQL 15 manual, appendix A; the tests hold it against the server's own list.
enum SQLStateRule: Hashable {
    /// The request holds what cannot be stored or computed. Never `internal`, whatever a caller sends.
    case invalid(path: String = "", reason: String)
    /// The constraint's name says which field it is.
    case uniqueViolation
    case checkViolation
    /// Another write came between; the caller may try again.
    case conflict
    /// PostgreSQL undid this transaction for another's sake; it is run again here first.
    case collision
    /// A lock was not had in time: a conflict for a write, an outage for a read.
    case lockTimeout
    case outage(Outage)
    case internalError

    static func of(_ sqlState: String) -> SQLStateRule {
        Self.byCode[sqlState] ?? Self.byClass[String(sqlState.prefix(2))] ?? .internalError
    }

    private static let notJSON = SQLStateRule.invalid(
        path: "attributes_json",
        reason: "is not a JSON object that can be stored"
    )

    private static let byCode: [String: SQLStateRule] = [
        // Data.
        "22P02": notJSON, "22P05": notJSON, "22032": notJSON, "2203A": notJSON,
        "22021": .invalid(reason: "a text holds a NUL character or is not UTF-8"),
        "22001": .invalid(reason: "a value is too large to be stored"),
        "22003": .invalid(reason: "a value is too large to be stored"),
        "22007": .invalid(reason: "a value is too large to be stored"),
        "22008": .invalid(reason: "a value is too large to be stored"),
        "54000": .invalid(reason: "a value is too large to be stored"),
        // Constraints.
        "23505": .uniqueViolation, "23514": .checkViolation,
        // A profile went away while its sections were written.
        "23503": .conflict, "23P01": .conflict, "23502": .internalError,
        // States of a session, of a transaction and of the server.
        "25006": .outage(.readOnly), "25P03": .outage(.timedOut), "25P04": .outage(.timedOut),
        "40003": .outage(.unreachable),
        "53100": .outage(.full), "53300": .outage(.connections),
        "55P03": .lockTimeout, "55006": .lockTimeout, "55P02": .internalError, "55P04": .internalError,
        "57014": .outage(.timedOut), "57P03": .outage(.starting), "57P04": .outage(.access),
        "57P05": .outage(.unreachable),
        "58030": .outage(.storage), "58P01": .outage(.storage),
        // What is not there, or not ours.
        "42501": .outage(.rights), "42P01": .outage(.schema), "42703": .outage(.schema), "42883": .outage(.schema),
        "42704": .outage(.schema),
    ]

    private static let byClass: [String: SQLStateRule] = [
        "08": .outage(.unreachable),
        "22": .invalid(reason: "a value cannot be stored or compared"),
        "23": .invalid(reason: "a value breaks a rule of the database"),
        "28": .outage(.access), "3D": .outage(.access), "3F": .outage(.schema),
        "40": .collision, "72": .collision,
        "53": .outage(.resources),
        "54": .invalid(reason: "the request is too large or too deep for the database"),
        "55": .outage(.notReady),
        "57": .outage(.stopping),
    ]
}
