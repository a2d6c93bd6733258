internal import LikenessWords
internal import Synchronization

/// What the parts of one long text have in common: its words, as the database reads them, and the profiles that the index names for them.
///
/// Parts are searched for at once. The one that asks first has it computed, the others wait for that.
final class SharedWords: Sendable {
    let reading: SearchWords.Reading

    private struct Named: Hashable {
        let snapshot: String
        let count: Int
    }

    private struct State {
        var words: [String: Task<SearchWords, Never>] = [:]
        var best: [Named: Task<[WordIndex.Found], Never>] = [:]
    }

    /// By the snapshot of the index: it may be brought up to date between two parts.
    private let state = Mutex(State())

    init(_ reading: SearchWords.Reading) { self.reading = reading }

    /// What the text asks for.
    func words(in version: ProfileWords.Version) async -> SearchWords {
        let task = self.state.withLock { state in
            if let known = state.words[version.snapshot] { return known }
            let task = Task { [reading] in await SearchExecution.words(reading, in: version.index) }
            state.words[version.snapshot] = task
            return task
        }
        return await task.value
    }

    /// - Parameters:
    ///   - words: Those of the same version.
    ///   - count: Of profiles at most.
    func best(_ words: SearchWords, in version: ProfileWords.Version, count: Int) async -> [WordIndex.Found] {
        let task = self.state.withLock { state in
            let named = Named(snapshot: version.snapshot, count: count)
            if let known = state.best[named] { return known }
            let task = Task { await SearchExecution.best(words, in: version.index, count: count) }
            state.best[named] = task
            return task
        }
        return await task.value
    }
}
