internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// How well each section of some profiles matches a query, by the formula that ranks profiles. Only for profiles that were found.
struct SectionScores: Sendable {
    let repository: SearchRepository
    let view: View?
    let reads: Reads

    private struct Key: Hashable {
        let profile: String
        let kind: Int16
        let id: UUID
    }

    /// By the profiles' ids; best first, ties by kind and id. Sections have no titles.
    func best(
        _ count: Int,
        of profiles: [String],
        by query: SearchQuery
    ) async throws(RepositoryError) -> [String: [SectionScore]] {
        let ids = profiles.compactMap { UUID(uuidString: $0) }
        var scores: [Key: Double] = [:]
        if case .fusion(let fusion) = query.ask {
            for (leaf, share) in zip(fusion.leaves, fusion.shares) {
                for (key, score) in try await self.scores(leaf, query, of: ids) {
                    scores[key, default: 0] += share.most * max(0, score)
                }
            }
        } else {
            scores = try await self.scores(.init(query.ask, furtherVectors: query.furtherVectors), query, of: ids)
        }
        return Dictionary(grouping: scores, by: \.key.profile).mapValues { sections in
            sections.sorted {
                $0.value != $1.value
                    ? $0.value > $1.value : ($0.key.kind, $0.key.id.text) < ($1.key.kind, $1.key.id.text)
            }.prefix(count).map { key, score in
                let section = SectionMatch(kind: SectionKind(rawValue: Int32(key.kind)), id: key.id.text)
                return SectionScore(section: section, score: score)
            }
        }
    }

    private func scores(
        _ leaf: SearchFusion.Leaf,
        _ query: SearchQuery,
        of profiles: [UUID]
    ) async throws(RepositoryError) -> [Key: Double] {
        switch leaf.ask {
        case .vector(let vector):
            return try await self.similarities([vector] + leaf.furtherVectors, query, of: profiles)
        case .text(let text): return try await self.coverages(text, of: profiles)
        case .hybrid(let text, let vector):
            let similarities = try await self.similarities([vector] + leaf.furtherVectors, query, of: profiles)
            let coverages = try await self.coverages(text, of: profiles)
            return Dictionary(
                uniqueKeysWithValues: Set(similarities.keys).union(coverages.keys).map { key in
                    (key, HybridScore.value(similarity: similarities[key], coverage: coverages[key]))
                }
            )
        case .fusion: preconditionFailure("a fusion's queries are none")
        }
    }

    /// Of several vectors the nearest counts.
    private func similarities(
        _ vectors: [[Float]],
        _ query: SearchQuery,
        of profiles: [UUID]
    ) async throws(RepositoryError) -> [Key: Double] {
        let contents = try await self.repository.catalog.contents(deadline: self.reads.deadline)
        let space = try contents.space(named: query.embeddingSpace)
        var best: [Key: Double] = [:]
        for vector in vectors {
            let unit = Vector(
                try UnitVector.values(vector, dimension: space.dimension, path: "query.vector.values")
            )
            let found =
                if let view = self.view {
                    try await self.inProjection(of: view) { version in
                        (
                            SearchStatements.viewSectionSimilarities(ViewEmbeddings(space, view)),
                            Parameters(profiles, unit, space.name, version.id)
                        )
                    }
                } else {
                    try await self.stored(
                        "section similarities of \(space.table.name.text)",
                        Parameters(profiles, unit),
                        SearchStatements.sectionSimilarities(space)
                    )
                }
            best.merge(found) { max($0, $1) }
        }
        return best
    }

    private func coverages(_ text: String, of profiles: [UUID]) async throws(RepositoryError) -> [Key: Double] {
        if let view = self.view {
            let words = try await self.repository.words(of: text, through: view, self.reads)
            return try await self.inProjection(of: view) { version in
                var parameters = words.parameters
                parameters.append(version.id)
                parameters.append(profiles)
                return (SearchStatements.viewSectionCoverages(view.weights), parameters)
            }
        }
        var parameters = try await self.repository.words(of: text, self.reads).parameters
        parameters.append(profiles)
        return try await self.stored("section coverages", parameters, SearchStatements.sectionCoverages)
    }

    // MARK: Statements

    private func stored(
        _ name: String,
        _ parameters: Parameters,
        _ text: SQL
    ) async throws(RepositoryError) -> [Key: Double] {
        let statement = self.reads.database.statements.statement(.named(name), parameters.types) { text }
        let result = try await self.reads.query(statement, parameters, settings: PageHits.settings)
        return try readRows { () throws(DatabaseError) in try Self.scores(result) }
    }

    private func inProjection(
        of view: View,
        _ statement: (ViewWords.Version) -> (SQL, Parameters)
    ) async throws(RepositoryError) -> [Key: Double] {
        let words = self.repository.views.words(of: view)
        return try await SearchRepository.renewing { () throws(RepositoryError) in
            for _ in 0..<ViewSearch.attemptsMax {
                let version = try await words.current(self.reads)
                let (text, parameters) = statement(version)
                var batch = Batch()
                batch.addFiltered(text, parameters, deadline: self.reads.deadline)
                var results = try await self.reads.run(batch, settings: PageHits.settings)
                _ = results.next()
                let result = results.next()
                let scores = try readRows { () throws(DatabaseError) in try Self.scores(result) }
                // What is dropped is cleared away: its rows may have been missing.
                if try await words.isThere(version, self.reads) { return scores }
            }
            throw .unavailable(.viewNotReady)
        }
    }

    /// Rows of profile_id, kind, section_id, score.
    private static func scores(_ result: borrowing QueryResult) throws(DatabaseError) -> [Key: Double] {
        var scores: [Key: Double] = [:]
        for row in 0..<result.rowCount {
            let key = Key(
                profile: try result.value(row, 0, as: UUID.self).text,
                kind: try result.value(row, 1),
                id: try result.value(row, 2)
            )
            scores[key] = try result.value(row, 3)
        }
        return scores
    }
}
