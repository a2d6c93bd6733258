package import FoundationEssentials

/// UUIDs on the contract are texts in canonical form.
extension UUID {
    /// The canonical text: lower-case hexadecimal in groups of 8-4-4-4-12.
    package var text: String { self.uuidString.lowercased() }

    /// Reads a UUID of a request; either case.
    init(text: String, path: String) throws(RepositoryError) {
        guard let value = UUID(uuidString: text) else {
            throw .invalidField(path: path, reason: "is not a UUID")
        }
        self = value
    }

    static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
