internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessWords

/// The words of some profiles, as they are stored or as a view shows them: an index of those few alone.
///
/// It answers as the index of words does for all profiles, so that a saved search runs only for profiles that it may find.
struct HeldWords: Sendable {
    private let index: WordIndex
    /// By which words are weighed, and which names those that no profile has.
    private let version: ProfileWords.Version
    private let unknown: UnknownWords
    private let weighedWords: WeighedWords
    /// Of the view; empty for none.
    private let stamp: String
    /// That of the view which the words are from; `nil` for none.
    let projection: UUID?

    private init(
        _ index: WordIndex,
        weighedBy version: ProfileWords.Version,
        _ unknown: UnknownWords,
        _ weighed: WeighedWords,
        of view: View?,
        projection: UUID? = nil
    ) {
        (self.index, self.version) = (index, version)
        (self.unknown, self.weighedWords, self.stamp) = (unknown, weighed, view?.stamp ?? "")
        self.projection = projection
    }

    /// - Parameters:
    ///   - profiles: Each once.
    ///   - view: Through which they are seen; `nil` for everything.
    /// - Throws: What a search through the view would.
    static func of(
        _ profiles: [UUID],
        through view: View?,
        search: SearchRepository,
        unknown: UnknownWords,
        weighed: WeighedWords,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> HeldWords {
        guard let view else {
            let rows = try await search.database.query(
                ProfileWordsStatements.ofProfiles,
                Parameters(profiles),
                deadline: deadline
            )
            return HeldWords(
                try readRows { () throws(DatabaseError) in try Self.index(rows) },
                weighedBy: try await search.words.version(deadline: deadline),
                unknown,
                weighed,
                of: nil
            )
        }
        let reads = search.database.reads(at: nil, deadline: deadline)
        let words = search.views.words(of: view)
        return try await SearchRepository.renewing { () throws(RepositoryError) in
            for _ in 0..<ViewSearch.attemptsMax {
                let version = try await words.current(reads)
                let rows = try await reads.query(ViewWordsStatements.ofProfiles, Parameters(version.id, profiles))
                let index = try readRows { () throws(DatabaseError) in try Self.index(rows) }
                // What is dropped is cleared away: its rows may have been missing.
                guard try await words.isThere(version, reads) else { continue }
                return HeldWords(
                    index,
                    weighedBy: version.words,
                    unknown,
                    weighed,
                    of: view,
                    projection: version.id
                )
            }
            throw .unavailable(.viewNotReady)
        }
    }

    /// Of rows of a profile and its words.
    private static func index(_ result: borrowing QueryResult) throws(DatabaseError) -> WordIndex {
        var rows: [(profile: ProfileID, words: [String])] = []
        for row in 0..<result.rowCount {
            let profile: UUID = try result.value(row, 0)
            rows.append((ProfileID(profile), try result.value(row, 1)))
        }
        var builder = WordSegmentBuilder()
        for row in rows.sorted(by: { $0.profile < $1.profile }) { builder.add(row.profile, words: row.words) }
        return WordIndex(builder)
    }

    /// What each of the profiles holds of the weights of a text's words, 0...1; those that hold none are missing.
    func coverages(_ reading: SearchWords.Reading) -> [UUID: Double] {
        guard self.mayHold(reading) else { return [:] }
        let words = self.weighed(reading)
        var terms = words.terms
        // Words that no profile had when the index was read.
        for (place, stems) in reading.prefixes.filter({ !$0.isEmpty }).enumerated() {
            let begun = self.index.words(startingWith: stems[0], most: .max)
            terms[place] = .init(words: Array(Set(terms[place].words + begun)), weight: terms[place].weight)
        }
        var coverages: [UUID: Double] = [:]
        for found in self.index.best(terms, count: self.index.profileCount) {
            coverages[found.profile.uuid] = Double(found.weight) / words.total
        }
        return coverages
    }

    func weighed(_ reading: SearchWords.Reading) -> SearchWords {
        self.weighedWords.words(reading, by: self.version, of: self.stamp)
    }

    /// The profiles that have all of some words; `nil` when there are no words, which all have.
    func holders(ofAll words: [String]) -> Set<UUID>? {
        guard !words.isEmpty else { return nil }
        let found = self.index.best(words.map { .init(words: [$0], weight: 1) }, count: self.index.profileCount)
        return Set(found.filter { Int($0.weight) == words.count }.map(\.profile.uuid))
    }

    /// Whether some profile may hold something of a text: most texts are done with here, before their words are weighed.
    private func mayHold(_ reading: SearchWords.Reading) -> Bool {
        func isHeld(_ word: String) -> Bool { self.index.holding(anyOf: [word]) > 0 }
        if reading.words.contains(where: { isHeld($0) || !reading.joined($0, in: self.index).isEmpty }) { return true }
        for stems in reading.prefixes {
            if stems.dropFirst().contains(where: isHeld) { return true }
            if let prefix = stems.first, !self.index.words(startingWith: prefix, most: 1).isEmpty { return true }
        }
        // In place of a word that no profile has others are looked for, of which a profile may hold some.
        return reading.words.contains { word in
            self.unknown.contains(word, by: self.version, of: self.stamp)
                && !self.index.words(similarTo: word, most: 1).isEmpty
        }
    }
}
