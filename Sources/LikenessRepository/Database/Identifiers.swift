package import FoundationEssentials

/// UUIDs on the contract are texts in canonical form.
extension UUID {
    /// The canonical text: lower-case hexadecimal in groups of 8-4-4-4-12.
    package var text: String {
        withUnsafeBytes(of: self.uuid) { bytes in
            String(unsafeUninitializedCapacity: UUIDText.byteCount + 1) { text in
                guard let source = bytes.baseAddress, let start = text.baseAddress else { return 0 }
                start.withMemoryRebound(to: CChar.self, capacity: text.count) { UUIDText.write(source, to: $0) }
                return UUIDText.byteCount
            }
        }
    }

    /// Reads a text in that form, in either case; `nil` for any other.
    init?(text: String) {
        guard let uuid = UUIDText.read(text) else { return nil }
        self.init(uuid: uuid)
    }

    /// Reads a UUID of a request; either case.
    init(text: String, path: String) throws(RepositoryError) {
        guard let value = UUID(text: text) else {
            throw .invalidField(path: path, reason: "is not a UUID")
        }
        self = value
    }

    static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
