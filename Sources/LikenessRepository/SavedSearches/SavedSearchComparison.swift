package import FoundationEssentials
internal import LikenessPostgres

/// Compares profiles with many saved searches: each search that may be about some of them runs among those alone.
///
/// What is left out beforehand cannot match: profiles that score less than the query's minimum however it turns out, by `ScoreBound`, and
/// profiles that do not pass.
package struct SavedSearchComparison: Sendable {
    package typealias Matches = [UUID: Double]
    private typealias Outcomes = [UUID: Result<Matches, RepositoryError>]

    private let search: SearchRepository
    private let unknown = UnknownWords()
    private let weighed = WeighedWords()

    package init(search: SearchRepository) { self.search = search }

    /// - Parameter profiles: At most 1,000, each once.
    /// - Returns: For each search those that match, with their scores, or why that cannot be said.
    /// - Throws: What keeps all searches from being compared.
    package func matches(
        of searches: [SavedQuery],
        among profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: Result<Matches, RepositoryError>] {
        var outcomes: Outcomes = [:]
        var asked = try await self.bounded(searches, profiles, &outcomes, deadline: deadline)
        asked = try await self.passing(asked, &outcomes, deadline: deadline)
        let scored = asked.filter { $0.ranking != nil }
        let scores = try await Self.together(scored, atOnce: Self.statementsAtOnce) { some throws(RepositoryError) in
            try await self.scores(some, deadline: deadline)
        }
        for (one, found) in zip(scored, scores) {
            switch found {
            case .success(let matches): outcomes[one.search.id] = matches.map { .success($0) }
            case .failure(let error): outcomes[one.search.id] = .failure(error)
            }
        }
        for one in asked where outcomes[one.search.id] == nil {
            guard var query = one.search.query else {
                outcomes[one.search.id] = .success(Dictionary(uniqueKeysWithValues: one.profiles.map { ($0, 0) }))
                continue
            }
            // These pass.
            (query.filter, query.view) = (one.search.view == nil ? nil : one.search.filter, one.search.view)
            do throws(RepositoryError) {
                outcomes[one.search.id] = .success(
                    try await self.search.matches(of: query, among: one.profiles, deadline: deadline)
                )
            } catch {
                guard error.isOfOneSearch else { throw error }
                outcomes[one.search.id] = .failure(error)
            }
        }
        for search in searches where outcomes[search.id] == nil { outcomes[search.id] = .success([:]) }
        return outcomes
    }

    /// A search that has not been left out, and the profiles that it may be about.
    private struct Asked: Sendable {
        let search: SavedQuery
        var profiles: [UUID]
        /// Of a search that needs no more than the statement of its ranking.
        var ranking: ScoredRanking?
    }

    // MARK: By words and embeddings

    /// Leaves out what scores too little however the search turns out.
    private func bounded(
        _ searches: [SavedQuery],
        _ profiles: [UUID],
        _ outcomes: inout Outcomes,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Asked] {
        let spaces = try await self.spaces(of: searches, deadline: deadline)
        let sections = try await self.sections(spaces, of: profiles, deadline: deadline)
        let groups = Dictionary(grouping: searches) { $0.view?.stamp ?? "" }
        self.unknown.keep(groups.keys)
        self.weighed.keep(groups.keys)
        var asked: [Asked] = []
        for (_, searches) in groups.sorted(by: { $0.key < $1.key }) {
            var words: HeldWords?
            var failure: RepositoryError?
            do throws(RepositoryError) {
                if searches.contains(where: { $0.bound?.usesWords == true }) {
                    words = try await HeldWords.of(
                        profiles,
                        through: searches[0].view,
                        search: self.search,
                        unknown: self.unknown,
                        weighed: self.weighed,
                        deadline: deadline
                    )
                }
            } catch {
                guard error.isOfOneSearch else { throw error }
                failure = error
            }
            for search in searches {
                guard let query = search.query, let bound = search.bound else {
                    asked.append(Asked(search: search, profiles: profiles))
                    continue
                }
                if let failure, bound.usesWords {
                    outcomes[search.id] = .failure(failure)
                    continue
                }
                let known = ScoreBound.Known(
                    profiles: profiles,
                    words: words,
                    sections: sections[query.embeddingSpace]
                )
                let scores = bound.scores(known)
                let least = query.minScore - ScoreBound.tolerance
                let candidates = scores.isEmpty ? [] : profiles.filter { scores[$0].map { $0 >= least } ?? false }
                guard !candidates.isEmpty else { continue }
                let ranking = ScoredRanking(search, words: words, space: spaces[query.embeddingSpace])
                asked.append(Asked(search: search, profiles: candidates, ranking: ranking))
            }
        }
        return asked
    }

    /// Of more profiles the embeddings are not read.
    private static let boundedProfiles = 200

    /// The spaces of queries that compare embeddings, by their names in those. Of one that is not there the searches say so themselves.
    func spaces(
        of searches: [SavedQuery],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [String: EmbeddingSpaceInfo] {
        let names = searches.compactMap { $0.bound?.usesSections == true ? $0.query?.embeddingSpace : nil }
        var spaces: [String: EmbeddingSpaceInfo] = [:]
        for name in Set(names) {
            do throws(RepositoryError) {
                spaces[name] = try await self.search.space(named: name, deadline: deadline)
            } catch .notFound {
                continue
            }
        }
        return spaces
    }

    /// The embeddings of some profiles in some spaces, by the same names.
    func sections(
        _ spaces: [String: EmbeddingSpaceInfo],
        of profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [String: [UUID: [UnitLanes]]] {
        guard profiles.count <= Self.boundedProfiles else { return [:] }
        var sections: [String: [UUID: [UnitLanes]]] = [:]
        for (name, space) in spaces {
            let result = try await self.search.database.query(
                EmbeddingStatements.ofProfiles(in: space, self.search.database.statements),
                Parameters(profiles),
                deadline: deadline
            )
            sections[name] = try readRows { () throws(DatabaseError) in
                var sections: [UUID: [UnitLanes]] = [:]
                for row in 0..<result.rowCount {
                    let vector: Vector = try result.value(row, 1)
                    sections[try result.value(row, 0), default: []].append(UnitLanes(vector.values))
                }
                return sections
            }
        }
        return sections
    }

    // MARK: By filters and masks

    /// Leaves out profiles that do not pass. Searches with one condition share it.
    private func passing(
        _ asked: [Asked],
        _ outcomes: inout Outcomes,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Asked] {
        var conditions: [Filter] = []
        var places: [String: Int] = [:]
        var placeOfSearch: [UUID: Int] = [:]
        var profiles: Set<UUID> = []
        for one in asked where one.search.view != nil || one.search.filter != nil {
            let key = "\(one.search.view?.stamp ?? "")/\(one.search.filterText)"
            do throws(RepositoryError) {
                if places[key] == nil, let condition = try one.search.condition {
                    places[key] = conditions.count
                    conditions.append(condition)
                }
                placeOfSearch[one.search.id] = places[key]
                profiles.formUnion(one.profiles)
            } catch {
                outcomes[one.search.id] = .failure(error)
            }
        }
        guard !conditions.isEmpty else { return asked.filter { outcomes[$0.search.id] == nil } }
        let all = Array(profiles)
        let passing = try await Self.together(conditions, atOnce: Self.conditionsAtOnce) {
            some throws(RepositoryError) in
            try await self.search.passing(some, among: all, deadline: deadline)
        }
        var kept: [Asked] = []
        for var one in asked where outcomes[one.search.id] == nil {
            if let place = placeOfSearch[one.search.id] {
                switch passing[place] {
                case .success(let passing): one.profiles.removeAll { !passing.contains($0) }
                case .failure(let error): outcomes[one.search.id] = .failure(error)
                }
            }
            if !one.profiles.isEmpty, outcomes[one.search.id] == nil { kept.append(one) }
        }
        return kept
    }

    /// Of one statement: with many more PostgreSQL plans longer than it looks.
    private static let conditionsAtOnce = 50

    // MARK: Many at once

    /// Has many looked at together. Where that fails and may be the fault of one of them, each half is by itself.
    private static func together<Input: Sendable, Output: Sendable>(
        _ inputs: [Input],
        atOnce count: Int,
        _ look: (ArraySlice<Input>) async throws(RepositoryError) -> [Output]
    ) async throws(RepositoryError) -> [Result<Output, RepositoryError>] {
        var outputs: [Result<Output, RepositoryError>] = []
        var left = stride(from: 0, to: inputs.count, by: count).map { inputs[$0..<min($0 + count, inputs.count)] }
        left.reverse()
        while let some = left.popLast() {
            do throws(RepositoryError) {
                outputs += try await look(some).map { Result<Output, RepositoryError>.success($0) }
            } catch {
                guard error.isOfOneSearch else { throw error }
                if some.count == 1 {
                    outputs.append(.failure(error))
                } else {
                    let middle = some.startIndex + some.count / 2
                    left += [some[middle...], some[..<middle]]
                }
            }
        }
        return outputs
    }

    // MARK: Scores

    /// Of one round trip.
    private static let statementsAtOnce = 50

    /// What each of some searches scores its profiles, by the statement of its ranking without what hits show.
    ///
    /// - Returns: `nil` for those whose view has another projection by now: these have to run as any search.
    private func scores(
        _ asked: ArraySlice<Asked>,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Matches?] {
        var batch = Batch()
        var counts: [Int] = []
        for one in asked {
            guard let ranking = one.ranking else { preconditionFailure("these have a statement") }
            counts.append(ranking.add(to: &batch, profiles: one.profiles, self.search.database.statements))
        }
        // What is dropped is cleared away: its rows may have been missing.
        let projections = Array(Set(asked.compactMap { $0.ranking?.projection }))
        for projection in projections { batch.add(ViewWordsStatements.state, Parameters(projection, String?.none)) }
        var results = try await self.search.database.run(
            batch,
            // However small the tables were when it was planned.
            settings: [SessionSetting("enable_seqscan", "off")],
            deadline: deadline
        )
        var scores: [Matches?] = []
        for (one, count) in zip(asked, counts) {
            let minScore = one.search.query?.minScore ?? 0
            var found: Matches = [:]
            for _ in 0..<count {
                let result = results.next()
                try readRows { () throws(DatabaseError) in
                    for row in 0..<result.rowCount {
                        let score: Double = try result.value(row, 1)
                        guard minScore == 0 || score >= minScore else { continue }
                        let profile: UUID = try result.value(row, 0)
                        found[profile] = max(found[profile] ?? score, score)
                    }
                }
            }
            scores.append(found)
        }
        for projection in projections where results.next().rowCount == 0 {
            for (place, one) in asked.enumerated() where one.ranking?.projection == projection { scores[place] = nil }
        }
        return scores
    }
}

extension RepositoryError {
    /// Whether it says something of one search, and nothing of the database. What PostgreSQL cannot run may be what one search asks for:
    /// the others go on.
    package var isOfOneSearch: Bool {
        switch self {
        case .invalidField, .notFound, .failedPrecondition, .dimensionMismatch, .unavailable(.viewNotReady, _),
            .conflict, .internal:
            true
        default: false
        }
    }
}
