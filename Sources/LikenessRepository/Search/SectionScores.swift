internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// How well each section of some profiles matches a query, by the formula that ranks profiles. Only for profiles that were found.
struct SectionScores: Sendable {
    let repository: SearchRepository
    let view: View?
    var reads: Reads

    /// A section; ordered by profile, kind and id, as ties of scores break.
    struct Key: Hashable, Comparable, Sendable {
        let profile: UUID
        let kind: Int16
        let id: UUID

        static func < (left: Key, right: Key) -> Bool {
            (left.profile, left.kind, left.id) < (right.profile, right.kind, right.id)
        }

        /// Without a title.
        var match: SectionMatch { SectionMatch(kind: SectionKind(rawValue: Int32(self.kind)), id: self.id.text) }
    }

    /// What a query that is no fusion says of one section.
    struct Score: Sendable, Hashable {
        var value: Double
        /// `nil` where the section has nothing to compare, or the query no vector.
        var similarity: Double?
        /// `nil` where it has none of the words, or the query none.
        var coverage: Double?
    }

    /// What the queries say of the sections: of a fusion each of its own, of others the only one. A section that a query says nothing of is
    /// not in what it says.
    struct Leaves: Sendable {
        let scores: [[Key: Score]]
        /// What each counts.
        let shares: [SearchFusion.Share]?

        /// Of a fusion the weighted mean; a similarity below 0 counts as 0 there.
        var fused: [Key: Double] {
            guard let shares = self.shares else { return self.scores[0].mapValues(\.value) }
            var fused: [Key: Double] = [:]
            for (leaf, share) in zip(self.scores, shares) {
                for (key, score) in leaf { fused[key, default: 0] += share.most * max(0, score.value) }
            }
            return fused
        }
    }

    /// By the profiles' ids; best first, ties by kind and id. Sections have no titles.
    func best(
        _ count: Int,
        of profiles: [String],
        by query: SearchQuery
    ) async throws(RepositoryError) -> [String: [SectionScore]] {
        let ids = profiles.compactMap { UUID(uuidString: $0) }
        let scores = try await self.all(of: ids, by: query).fused
        var best: [String: [SectionScore]] = [:]
        for (profile, sections) in Dictionary(grouping: scores, by: \.key.profile) {
            best[profile.text] = sections.sorted {
                $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
            }.prefix(count).map { SectionScore(section: $0.key.match, score: $0.value) }
        }
        return best
    }

    /// All sections of some profiles that the query says anything of.
    func all(of profiles: [UUID], by query: SearchQuery) async throws(RepositoryError) -> Leaves {
        guard case .fusion(let fusion) = query.ask else {
            let leaf = SearchFusion.Leaf(query.ask, furtherVectors: query.furtherVectors)
            return Leaves(scores: [try await self.scores(leaf, query, of: profiles)], shares: nil)
        }
        var scores: [[Key: Score]] = []
        for (place, leaf) in fusion.leaves.enumerated() {
            var part = self
            part.reads.recorder = self.reads.recorder?.of(query: place + 1)
            scores.append(try await part.scores(leaf, query, of: profiles))
        }
        return Leaves(scores: scores, shares: fusion.shares)
    }

    private func scores(
        _ leaf: SearchFusion.Leaf,
        _ query: SearchQuery,
        of profiles: [UUID]
    ) async throws(RepositoryError) -> [Key: Score] {
        switch leaf.ask {
        case .vector(let vector):
            return try await self.similarities([vector] + leaf.furtherVectors, query, of: profiles)
                .mapValues { Score(value: $0, similarity: $0) }
        case .text(let text):
            return try await self.coverages(text, of: profiles).mapValues { Score(value: $0, coverage: $0) }
        case .hybrid(let text, let vector):
            let similarities = try await self.similarities([vector] + leaf.furtherVectors, query, of: profiles)
            let coverages = try await self.coverages(text, of: profiles)
            var scores: [Key: Score] = [:]
            for key in Set(similarities.keys).union(coverages.keys) {
                let (similarity, coverage) = (similarities[key], coverages[key])
                scores[key] = Score(
                    value: HybridScore.value(similarity: similarity, coverage: coverage),
                    similarity: similarity,
                    coverage: coverage
                )
            }
            return scores
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
                    try await self.inProjection(of: view, .sectionSimilarities) { version in
                        (
                            SearchStatements.viewSectionSimilarities(ViewEmbeddings(space, view)),
                            Parameters(profiles, unit, space.name, version.id)
                        )
                    }
                } else {
                    try await self.stored(
                        .sectionSimilarities,
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
            return try await self.inProjection(of: view, .sectionWords) { version in
                var parameters = words.parameters
                parameters.append(version.id)
                parameters.append(profiles)
                return (SearchStatements.viewSectionCoverages(view.weights), parameters)
            }
        }
        var parameters = try await self.repository.words(of: text, self.reads).parameters
        parameters.append(profiles)
        return try await self.stored(
            .sectionWords,
            "section coverages",
            parameters,
            SearchStatements.sectionCoverages
        )
    }

    // MARK: Statements

    private func stored(
        _ name: RecordedStatement.Name,
        _ statementName: String,
        _ parameters: Parameters,
        _ text: SQL
    ) async throws(RepositoryError) -> [Key: Double] {
        let statement = self.reads.database.statements.statement(.named(statementName), parameters.types) { text }
        let watch = self.reads.recorder?.watch(.rank)
        let result = try await self.reads.query(statement, parameters, settings: PageHits.settings)
        watch?.ran(name, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
        return try readRows { () throws(DatabaseError) in try Self.scores(result) }
    }

    private func inProjection(
        of view: View,
        _ name: RecordedStatement.Name,
        _ statement: (ViewWords.Version) -> (SQL, Parameters)
    ) async throws(RepositoryError) -> [Key: Double] {
        let words = self.repository.views.words(of: view)
        return try await SearchRepository.renewing { () throws(RepositoryError) in
            for _ in 0..<ViewSearch.attemptsMax {
                let version = try await words.current(self.reads)
                let (text, parameters) = statement(version)
                var batch = Batch()
                let sent = batch.addFiltered(text, parameters, deadline: self.reads.deadline)
                let watch = self.reads.recorder?.watch(.rank)
                var results = try await self.reads.run(batch, settings: PageHits.settings)
                _ = results.next()
                let result = results.next()
                watch?.ran(name, sent, parameters, settings: PageHits.settings, rows: result.rowCount)
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
                profile: try result.value(row, 0),
                kind: try result.value(row, 1),
                id: try result.value(row, 2)
            )
            scores[key] = try result.value(row, 3)
        }
        return scores
    }
}
