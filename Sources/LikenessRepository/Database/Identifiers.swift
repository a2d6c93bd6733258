package import FoundationEssentials

/// UUIDs on the contract are texts in canonical form.
extension UUID {
    /// The canonical text: lower-case hexadecimal in groups of 8-4-4-4-12.
    package var text: String {
        // By hand: the standard form is upper-case and costs as much as the rest of a hit.
        let digits: StaticString = "0123456789abcdef"
        return withUnsafeBytes(of: self.uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var place = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = digits.utf8Start[Int(bytes[index] >> 4)]
                    text[place + 1] = digits.utf8Start[Int(bytes[index] & 0xF)]
                    place += 2
                }
                return place
            }
        }
    }

    /// Reads a UUID of a request; either case.
    init(text: String, path: String) throws(RepositoryError) {
        guard let value = UUID(uuidString: text) else {
            throw .invalidField(path: path, reason: "is not a UUID")
        }
        self = value
    }

    static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
