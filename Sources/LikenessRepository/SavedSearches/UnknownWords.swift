internal import LikenessWords
internal import Synchronization

/// Which words of saved searches no profile has, for as long as the index of words that says so is the same: each is looked up once then,
/// not with each write.
final class UnknownWords: Sendable {
    private struct OfIndex {
        let snapshot: String
        var areUnknown: [String: Bool] = [:]
    }

    /// By the stamp of the view whose words are indexed; empty for none.
    private let indexes = Mutex<[String: OfIndex]>([:])

    func contains(_ word: String, by version: ProfileWords.Version, of stamp: String) -> Bool {
        self.indexes.withLock { indexes in
            if indexes[stamp]?.snapshot != version.snapshot { indexes[stamp] = OfIndex(snapshot: version.snapshot) }
            if let known = indexes[stamp]?.areUnknown[word] { return known }
            let isUnknown = version.index.holding(anyOf: [word]) == 0
            indexes[stamp]?.areUnknown[word] = isUnknown
            return isUnknown
        }
    }

    /// Forgets what views that are no longer used show.
    func keep(_ stamps: some Sequence<String>) {
        let stamps = Set(stamps)
        self.indexes.withLock { indexes in indexes = indexes.filter { stamps.contains($0.key) } }
    }
}
