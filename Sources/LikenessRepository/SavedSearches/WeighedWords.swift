internal import LikenessWords
internal import Synchronization

/// The words of saved searches, weighed once for as long as the index of words that weighs them is the same, not with each write.
final class WeighedWords: Sendable {
    private struct OfIndex {
        let snapshot: String
        /// Each holds its reading, so that no other has the identity meanwhile.
        var words: [ObjectIdentifier: SearchWords] = [:]
    }

    /// By the stamp of the view whose words are indexed; empty for none.
    private let indexes = Mutex<[String: OfIndex]>([:])

    func words(_ reading: SearchWords.Reading, by version: ProfileWords.Version, of stamp: String) -> SearchWords {
        let key = ObjectIdentifier(reading.identity)
        let known = self.indexes.withLock { indexes in
            indexes[stamp]?.snapshot == version.snapshot ? indexes[stamp]?.words[key] : nil
        }
        if let known { return known }
        let words = SearchWords(reading, index: version.index)
        self.indexes.withLock { indexes in
            if indexes[stamp]?.snapshot != version.snapshot { indexes[stamp] = OfIndex(snapshot: version.snapshot) }
            indexes[stamp]?.words[key] = words
        }
        return words
    }

    /// Forgets what views that are no longer used show.
    func keep(_ stamps: some Sequence<String>) {
        let stamps = Set(stamps)
        self.indexes.withLock { indexes in indexes = indexes.filter { stamps.contains($0.key) } }
    }
}
