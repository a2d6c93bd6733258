internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessWords
internal import Synchronization

/// The views that this process searches through, and what it does for all of them: keeps their projections and indexes up to date,
/// and clears away what no search uses.
package final class ViewIndexes: Sendable {
    /// A view that can be searched through from now on.
    package struct Ready: Sendable {
        package let masks: [String]
        /// That it shows.
        package let profiles: Int
        /// Pairs of a profile and a word, of 4 bytes each.
        package let postings: Int
    }

    private struct Entry {
        let masks: [String]
        let words: ViewWords
        var isReported = false
        var usedAt: ContinuousClock.Instant
        /// Since the database was last informed of that.
        var isUsed = true
    }

    /// As many indexes as there can be projections.
    private static let most = Int(ViewProjector.most)
    /// An index that no search has used for so long is given up; the projection stays longer.
    private static let unusedTime = Duration.seconds(1_800)

    private let database: Database
    private let entries = Mutex<[[MaskVersion]: Entry]>([:])

    package init(database: Database) { self.database = database }

    /// The index of what a view shows. The one that was used the longest ago makes room for it.
    func words(of view: View) -> ViewWords {
        self.entries.withLock { entries in
            if let known = entries[view.versions] {
                entries[view.versions]?.usedAt = .now
                entries[view.versions]?.isUsed = true
                return known.words
            }
            if entries.count >= Self.most, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                entries[oldest.key] = nil
            }
            let words = ViewWords(database: self.database, view: view)
            entries[view.versions] = Entry(masks: view.names, words: words, usedAt: .now)
            return words
        }
    }

    /// Forgets what is remembered of profiles that were erased.
    func forget(_ profiles: Set<UUID>) {
        let known = self.entries.withLock { entries in entries.values.map(\.words) }
        for words in known { words.facets.forget(profiles) }
    }

    /// Brings all of them up to date.
    ///
    /// - Returns: Those that were not before.
    /// - Throws: The first error, when all have been tried.
    package func follow(deadline: ContinuousClock.Instant) async throws(RepositoryError) -> [Ready] {
        let known = self.entries.withLock { entries in
            entries = entries.filter { $0.value.usedAt + Self.unusedTime > .now }
            return entries.map { ($0.key, $0.value.words) }
        }
        var failure: RepositoryError?
        var ready: [Ready] = []
        for (key, words) in known {
            do throws(RepositoryError) {
                let index = try await words.current(self.database.reads(at: nil, deadline: deadline)).words.index
                let masks: [String]? = self.entries.withLock { entries in
                    guard let entry = entries[key], !entry.isReported else { return nil }
                    entries[key]?.isReported = true
                    return entry.masks
                }
                if let masks {
                    ready.append(Ready(masks: masks, profiles: index.profileCount, postings: index.postingCount))
                }
            } catch .conflict {
                // A mask has changed: this view is none any more.
                self.entries.withLock { $0[key] = nil }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return ready
    }

    /// Ends the use of projections whose masks have changed, and clears away what is no longer used.
    package func tidy(deadline: ContinuousClock.Instant) async throws(RepositoryError) {
        let used = self.entries.withLock { entries in
            let used = entries.values.filter(\.isUsed).map(\.words)
            for key in entries.keys { entries[key]?.isUsed = false }
            return used.compactMap(\.projection)
        }
        var batch = Batch()
        if !used.isEmpty { batch.add(ViewWordsStatements.used, Parameters(used)) }
        batch.add(ViewWordsStatements.dropOutdated)
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
        for statement in [ViewWordsStatements.clear, ViewWordsStatements.clearChanges] {
            while true {
                let result = try await self.database.query(statement, deadline: deadline)
                let count: Int64 = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
                if count == 0 { break }
            }
        }
        _ = try await self.database.query(ViewWordsStatements.clearProjections, deadline: deadline)
    }
}
