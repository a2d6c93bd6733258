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

    /// A keyed hash: profiles are strangers' texts, and must not be able to choose words that collide.
    func hash(into hasher: inout Hasher) {
        // SAFETY: the hasher reads the bytes and keeps none.
        unsafe self.text.utf8.span.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}
