internal import CLibpq

/// The codes that this room or its callers decide by.
///
/// - SeeAlso: PostgreSQL 15 manual, appendix A.
package enum SQLState {
    package static let uniqueViolation = "23505"
    package static let foreignKeyViolation = "23503"
    package static let checkViolation = "23514"
    package static let serializationFailure = "40001"
    package static let deadlockDetected = "40P01"
    package static let lockNotAvailable = "55P03"
    package static let queryCanceled = "57014"
    package static let inFailedTransaction = "25P02"
    package static let featureNotSupported = "0A000"
    package static let noSuchPreparedStatement = "26000"
    package static let readOnlyTransaction = "25006"
    package static let tooManyConnections = "53300"

    /// True if no further statement can succeed in a session that got this code.
    package static func endsSession(_ code: String) -> Bool {
        code.hasPrefix("08")
            || ["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", readOnlyTransaction, tooManyConnections].contains(
                code
            )
    }

    /// True if the same transaction may succeed when it is run again.
    package static func invitesRetry(_ code: String) -> Bool {
        code == serializationFailure || code == deadlockDetected
    }
}

extension DatabaseError {
    /// Reads the fields of a failed result, which stays the caller's.
    init(failed result: OpaquePointer) {
        func field(_ code: likeness_error_field) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(code.rawValue)) else { return nil }
            return unsafe String(cString: text)
        }
        // An error may lack its code, for instance one made by a proxy or by libpq itself.
        let code = field(LIKENESS_ERROR_SQLSTATE)
        let message = unsafe field(LIKENESS_ERROR_MESSAGE) ?? (String(cString: PQresultErrorMessage(result)))
        let kind: Kind =
            if let code { SQLState.endsSession(code) ? .connectionLost : .statement(sqlState: code) } else {
                .connectionLost
            }
        self.init(
            kind,
            sqlState: code,
            constraint: field(LIKENESS_ERROR_CONSTRAINT),
            serverDetail: field(LIKENESS_ERROR_DETAIL),
            detail: message
        )
    }

    /// Reads the connection's last error text.
    static func connectionText(_ raw: OpaquePointer) -> String {
        guard let text = unsafe PQerrorMessage(raw) else { return "" }
        var words = unsafe String(cString: text)
        while words.last?.isNewline == true { words.removeLast() }
        return words
    }
}
