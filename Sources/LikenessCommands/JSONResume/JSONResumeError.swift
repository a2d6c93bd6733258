/// Why a document is not a JSON Resume that can be imported.
package enum JSONResumeError: Error, Hashable, CustomStringConvertible {
    case invalidJSON(String)
    /// A property has another type than the schema says. `path` as in `work[2].startDate`.
    case wrongType(path: String, expected: String, found: String)
    /// A date is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    case invalidDate(path: String, value: String)
    case missing(path: String)

    package var description: String {
        switch self {
        case .invalidJSON(let reason): "invalid JSON: \(reason)"
        case .wrongType(let path, let expected, let found): "\(path): expected \(expected), found \(found)"
        case .invalidDate(let path, let value):
            "\(path): \"\(value.prefix(40))\" is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"
        case .missing(let path): "\(path): missing"
        }
    }
}
