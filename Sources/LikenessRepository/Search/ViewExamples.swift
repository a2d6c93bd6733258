internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Reads examples through a view: one that it does not show is not found, and of the others those embeddings count that a search
/// through the view compares with.
struct ViewExamples: Sendable {
    let view: View
    let words: ViewWords
    let reads: Reads

    struct Found: Sendable {
        /// With ids and slugs alone.
        var profiles: [Profile] = []
        var vectors: [String: [SectionKind: [Float]]] = [:]
        /// Ids of those of which a section that would count waits to be embedded.
        var waiting: Set<String> = []
    }

    private static let attemptsMax = 3

    func read(_ keys: Keys, _ space: EmbeddingSpaceInfo) async throws(RepositoryError) -> Found {
        for _ in 0..<Self.attemptsMax {
            let watch = self.reads.recorder?.watch(.view)
            let version = try await self.words.current(self.reads)
            watch?.stop()
            let found = try await self.read(keys, space, version)
            // What is dropped is cleared away: its rows may have been missing.
            if try await self.words.isThere(version, self.reads) { return found }
        }
        throw .unavailable(.viewNotReady)
    }

    private func read(
        _ keys: Keys,
        _ space: EmbeddingSpaceInfo,
        _ version: ViewWords.Version
    ) async throws(RepositoryError) -> Found {
        var parameters = Parameters(keys.ids, keys.slugs, space.name, version.id)
        let condition = try self.view.sql(and: nil, &parameters)
        var batch = Batch()
        let statement = batch.addFiltered(
            "search_examples",
            SearchStatements.viewExamples(ViewEmbeddings(space, self.view), condition: condition),
            parameters,
            deadline: self.reads.deadline
        )
        let watch = self.reads.recorder?.watch(.examples)
        var results = try await self.reads.run(batch)
        _ = results.next()
        let result = results.next()
        watch?.ran(.examples, statement, parameters, rows: result.rowCount)
        return try readRows { () throws(DatabaseError) in
            var found = Found()
            for row in 0..<result.rowCount {
                let id = try result.value(row, 0, as: UUID.self).text
                if found.vectors[id] == nil {
                    found.profiles.append(Profile(id: id, slug: try result.value(row, 1)))
                    found.vectors[id] = [:]
                    if try result.value(row, 4, as: Bool.self) { found.waiting.insert(id) }
                }
                guard let kind = try result.value(row, 2, as: Int16?.self) else { continue }
                found.vectors[id]?[SectionKind(rawValue: Int32(kind))] =
                    try result.value(row, 3, as: Vector.self).values
            }
            return found
        }
    }
}

extension SearchStatements {
    /// As `examples`, of profiles and sections that a view shows, and whether a section waits to be embedded: id, slug, kind, vector,
    /// waiting. Parameters: `$1` ids, `$2` slugs, `$3` name of the space, `$4` the projection, then those of the condition.
    ///
    /// Means are made in one order, so that rows which the view does not show change no bit of them.
    ///
    /// - Parameter condition: Which profiles `p` there are.
    static func viewExamples(_ embeddings: ViewEmbeddings, condition: SQL) -> SQL {
        let kind = SectionWindow.sectionKind("e.kind")
        return """
            SELECT p.id, p.slug, m.kind, m.vector, EXISTS (
                SELECT FROM embedding_outbox o
                WHERE o.space = $3 AND o.profile_id = p.id
                    AND (\(embeddings.isShown(kind: "o.kind", section: "o.section_id", profile: "p.id", view: "$4")))
            ) AS waiting
            FROM profiles p LEFT JOIN LATERAL (
                SELECT s.kind, avg(s.vector ORDER BY s.section_id) AS vector
                FROM (
                    SELECT \(kind) AS kind, e.section_id, avg(e.embedding ORDER BY e.kind) AS vector
                    FROM \(embeddings.table) e
                    WHERE e.profile_id = p.id AND \(embeddings.counts(space: "$3", profile: "p.id", view: "$4"))
                    GROUP BY \(kind), e.section_id
                ) AS s
                GROUP BY s.kind
            ) AS m ON true
            WHERE (p.id = ANY ($1) OR p.slug = ANY ($2)) AND \(condition)
            ORDER BY p.id, m.kind
            """
    }
}
