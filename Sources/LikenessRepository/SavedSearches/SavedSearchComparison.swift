package import FoundationEssentials
internal import LikenessPostgres
internal import LikenessWords

/// Compares profiles with many saved searches: each search that may be about some of them runs among those alone.
///
/// What is left out beforehand cannot match: profiles that do not pass, and by words alone those that have none of them.
package struct SavedSearchComparison: Sendable {
    let search: SearchRepository

    package init(search: SearchRepository) { self.search = search }

    /// - Parameter profiles: At most 1,000, each once.
    /// - Returns: For each search those that match, with their scores, or why that cannot be said.
    /// - Throws: What keeps all searches from being compared.
    package func matches(
        of searches: [SavedQuery],
        among profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: Result<[UUID: Double], RepositoryError>] {
        var outcomes: [UUID: Result<[UUID: Double], RepositoryError>] = [:]
        let passing = try await self.passing(searches, among: profiles, &outcomes, deadline: deadline)
        let words = try await ProfilesByWord(
            of: searches.contains { $0.words != nil || $0.bound != nil } ? profiles : [],
            search: self.search,
            deadline: deadline
        )
        let embeddings = try await self.embeddings(searches, of: profiles, deadline: deadline)
        for search in searches where outcomes[search.id] == nil {
            var candidates = passing[search.id] ?? []
            guard let query = search.query else {
                outcomes[search.id] = .success(Dictionary(uniqueKeysWithValues: candidates.map { ($0, 0) }))
                continue
            }
            if let reading = search.words, !candidates.isEmpty {
                let having = words.having(anyOf: reading)
                candidates = candidates.filter(having.contains)
            }
            if let bound = search.bound, let sections = embeddings[query.embeddingSpace] {
                candidates = candidates.filter { profile in
                    let most = bound.score(sections[profile] ?? []) { words.share(of: $0, in: profile) }
                    return most >= query.minScore - ScoreBound.tolerance
                }
            }
            guard !candidates.isEmpty else {
                outcomes[search.id] = .success([:])
                continue
            }
            do throws(RepositoryError) {
                var asked = query
                // These pass.
                (asked.filter, asked.view) = (search.view == nil ? nil : search.filter, search.view)
                outcomes[search.id] = .success(
                    try await self.search.matches(of: asked, among: candidates, deadline: deadline)
                )
            } catch {
                guard error.isOfOneSearch else { throw error }
                outcomes[search.id] = .failure(error)
            }
        }
        return outcomes
    }

    /// Comparing vectors here pays where it spares several searches.
    private static let boundedFrom = 4
    /// Of more profiles the embeddings are not read.
    private static let boundedProfiles = 200

    /// The embeddings of some profiles, in the spaces of queries whose scores are bounded, by the spaces' names in those.
    private func embeddings(
        _ searches: [SavedQuery],
        of profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [String: [UUID: [UnitLanes]]] {
        let bounded = searches.filter { $0.bound != nil }
        guard bounded.count >= Self.boundedFrom, profiles.count <= Self.boundedProfiles else { return [:] }
        var embeddings: [String: [UUID: [UnitLanes]]] = [:]
        for name in Set(bounded.compactMap { $0.query?.embeddingSpace }) {
            let space: EmbeddingSpaceInfo
            do throws(RepositoryError) {
                space = try await self.search.space(named: name, deadline: deadline)
            } catch .notFound {
                // The searches say so themselves.
                continue
            }
            let result = try await self.search.database.query(
                EmbeddingStatements.ofProfiles(in: space, self.search.database.statements),
                Parameters(profiles),
                deadline: deadline
            )
            embeddings[name] = try readRows { () throws(DatabaseError) in
                var sections: [UUID: [UnitLanes]] = [:]
                for row in 0..<result.rowCount {
                    let vector: Vector = try result.value(row, 1)
                    sections[try result.value(row, 0), default: []].append(UnitLanes(vector.values))
                }
                return sections
            }
        }
        return embeddings
    }

    /// Searches with one condition share it.
    private func passing(
        _ searches: [SavedQuery],
        among profiles: [UUID],
        _ outcomes: inout [UUID: Result<[UUID: Double], RepositoryError>],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: [UUID]] {
        var conditions: [Filter?] = []
        var places: [String: Int] = [:]
        var placeOfSearch: [UUID: Int] = [:]
        for search in searches {
            let key = "\(search.view?.stamp ?? "")/\(search.filterText)"
            if let place = places[key] {
                placeOfSearch[search.id] = place
                continue
            }
            do throws(RepositoryError) {
                let condition = try search.condition
                (places[key], placeOfSearch[search.id]) = (conditions.count, conditions.count)
                conditions.append(condition)
            } catch {
                outcomes[search.id] = .failure(error)
            }
        }
        let passing = try await self.search.passing(conditions, among: profiles, deadline: deadline)
        return placeOfSearch.mapValues { passing[$0] }
    }
}

extension RepositoryError {
    /// Whether it says something of one search, and nothing of the database.
    package var isOfOneSearch: Bool {
        switch self {
        case .invalidField, .notFound, .failedPrecondition, .dimensionMismatch, .unavailable(.viewNotReady, _),
            .conflict:
            true
        default: false
        }
    }
}

/// Which of some profiles have which words.
struct ProfilesByWord: Sendable {
    /// How many of a text's words a profile has.
    enum Share { case none, some, all }

    private var profiles: [String: [UUID]] = [:]
    private var index = WordIndex()

    init(
        of profiles: [UUID],
        search: SearchRepository,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        guard !profiles.isEmpty else { return }
        let result = try await search.database.query(
            ProfileWordsStatements.ofProfiles,
            Parameters(profiles),
            deadline: deadline
        )
        var found: [String: [UUID]] = [:]
        try readRows { () throws(DatabaseError) in
            for row in 0..<result.rowCount {
                let profile: UUID = try result.value(row, 0)
                for word in try result.value(row, 1, as: [String].self) { found[word, default: []].append(profile) }
            }
        }
        self.profiles = found
        self.index = try await search.words.version(deadline: deadline).index
    }

    /// Those that have one of the words of a text, or what stands for it.
    func having(anyOf reading: SearchWords.Reading) -> Set<UUID> {
        var having: Set<UUID> = []
        for word in reading.words { having.formUnion(self.profiles[word] ?? []) }
        for stems in reading.prefixes {
            for (place, stem) in stems.enumerated() {
                guard place == 0 else {
                    having.formUnion(self.profiles[stem] ?? [])
                    continue
                }
                for (word, holders) in self.profiles where word.utf8.starts(with: stem.utf8) {
                    having.formUnion(holders)
                }
            }
        }
        // A word that no profile has stands for those spelt alike.
        if reading.words.contains(where: { self.index.holding(anyOf: [$0]) == 0 }) {
            for term in SearchWords(reading, index: self.index).terms {
                for word in term.words { having.formUnion(self.profiles[word] ?? []) }
            }
        }
        return having
    }

    func share(of reading: SearchWords.Reading, in profile: UUID) -> Share {
        let having = reading.words.filter { self.profiles[$0]?.contains(profile) == true }.count
        if having == reading.words.count { return .all }
        return having > 0 || self.having(anyOf: reading).contains(profile) ? .some : .none
    }
}
