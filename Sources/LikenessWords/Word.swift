/// A word as PostgreSQL made it. Words are equal and ordered by their bytes: Swift's own comparison takes composed and
/// decomposed letters for the same, which PostgreSQL does not.
struct Word: Hashable, Comparable, Sendable {
    let text: String

    static func == (one: Word, other: Word) -> Bool {
        let (a, b) = (one.text.utf8.span, other.text.utf8.span)
        guard a.count == b.count else { return false }
        for place in a.indices where a[place] != b[place] { return false }
        return true
    }

    static func < (one: Word, other: Word) -> Bool {
        let (a, b) = (one.text.utf8.span, other.text.utf8.span)
        for place in 0..<min(a.count, b.count) where a[place] != b[place] { return a[place] < b[place] }
        return a.count < b.count
    }

    func hasPrefix(_ other: Word) -> Bool {
        let (a, b) = (self.text.utf8.span, other.text.utf8.span)
        guard a.count >= b.count else { return false }
        for place in b.indices where a[place] != b[place] { return false }
        return true
    }

    /// Of a word whose parts are joined by signs, as in "node.js" and "iso-27001", the same without them; `nil` for others, and for those that
    /// are not written so: of fewer than four letters and digits, without a letter, or long.
    var joined: Word? {
        let bytes = self.text.utf8.span
        guard 5...Self.joinedBytesMax ~= bytes.count else { return nil }
        var (count, hasLetter) = (0, false)
        for place in bytes.indices {
            if Self.isJoint(bytes[place]) { continue }
            guard Self.isPart(bytes[place]) else { return nil }
            count += 1
            if !(0x30...0x39).contains(bytes[place]) { hasLetter = true }
        }
        guard count < bytes.count, count >= WordTrigrams.lettersMin, hasLetter, !Self.isJoint(bytes[0]),
            !Self.isJoint(bytes[bytes.count - 1])
        else { return nil }
        return Word(text: String(self.text.unicodeScalars.filter { !$0.isASCII || !Self.isJoint(UInt8($0.value)) }))
    }

    private static let joinedBytesMax = 40

    /// What `compound_words` joins by.
    private static func isJoint(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "@"):
            true
        default: false
        }
    }

    /// Of a letter or a digit.
    private static func isPart(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// A keyed hash: profiles are strangers' texts, and must not be able to choose words that collide.
    func hash(into hasher: inout Hasher) {
        // SAFETY: the hasher reads the bytes and keeps none.
        unsafe self.text.utf8.span.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}
