/// Why a document gives no profile.
package enum JSONResumeError: Error, Hashable, CustomStringConvertible {
    case invalidJSON(String)
    /// The document is no object.
    case notAnObject(found: String)
    /// A text or a name holds U+0000, which PostgreSQL cannot store.
    case nul(path: String)
    case noName
    /// A profile of the service's own that cannot be decoded.
    case noProfile(String)
    /// A profile of the service's own that was deleted.
    case deletedProfile
    /// Of its own kind, and no person.
    case anotherDocument(DocumentKind)
    /// A name, which anything has, and nothing else that a person has.
    case nothingButName(beside: [String])
    case tooLarge(path: String, byteCount: Int, byteCountMax: Int)

    package var description: String {
        switch self {
        case .invalidJSON(let reason): reason
        case .notAnObject(let found): "expected an object, found \(found)"
        case .nul(let path): "\(path): holds a NUL character (\\u0000), which cannot be stored"
        case .noName: "names no person: there is no basics.name, nor another property that holds a name"
        case .noProfile(let reason): "is no profile that can be read: \(reason)"
        case .deletedProfile: "is a profile that was deleted: leave deleteTime out to store it all the same"
        case .anotherDocument(let kind): "describes no person: \(kind.advice)"
        case .nothingButName(let names):
            "describes no person: beside a name there is nothing of a résumé in it, but \(names.prefix(5).map { "\"\($0)\"" }.joined(separator: ", "))"
        case .tooLarge(let path, let byteCount, let byteCountMax):
            "\(path): \(byteCount) bytes, which is too large to be kept: at most \(byteCountMax) are"
        }
    }
}

/// What a reader of the report has to know of a part that was not read, or not exactly. The part itself is kept.
package struct ResumeWarning: Sendable, Hashable, Codable {
    /// As in `work[2].startDate`.
    package let path: String
    package let message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}
