internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// What profiles come to that are given as examples: for each kind of section one vector, which lies among those of the positive
/// examples and away from those of the negative ones.
///
/// Rocchio's formula, on vectors of length 1 (Manning, Raghavan and Schütze: Introduction to Information Retrieval, 9.1.1, whose
/// weights for examples of both kinds are 0.75 and 0.15):
///
///     vector = mean(positive) - negativeShare × mean(negative)
///
/// Kinds of sections are kept apart because a profile's parts have little in common: `docs/decisions/examples-and-fusion.md`.
enum ExampleVectors {
    /// What a negative example weighs beside a positive one.
    static let negativeShare = 0.2

    /// - Parameters:
    ///   - positive: One vector of each example that has such a section; at least one.
    ///   - negative: The same of the negative ones.
    /// - Returns: A vector of length 1; `nil` when the examples cancel each other out.
    static func vector(positive: [[Float]], negative: [[Float]]) -> [Float]? {
        guard let dimension = positive.first?.count else { return nil }
        var sum = [Double](repeating: 0, count: dimension)
        func add(_ vectors: [[Float]], share: Double) {
            for vector in vectors {
                guard let unit = self.unit(vector.map(Double.init)) else { continue }
                for index in unit.indices { sum[index] += unit[index] * share / Double(vectors.count) }
            }
        }
        add(positive, share: 1)
        add(negative, share: -self.negativeShare)
        return self.unit(sum)?.map { Float($0) }
    }

    private static func unit(_ vector: [Double]) -> [Double]? {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 1e-6 ? vector.map { $0 / length } : nil
    }
}

extension SearchRepository {
    /// Profiles as a query: a search for those that are like some and unlike others.
    ///
    /// - Parameters:
    ///   - space: Name of the embedding space; empty means the active one.
    ///   - path: Of the examples, for errors.
    ///   - view: What the search sees of profiles; `nil` for everything.
    /// - Returns: A vector for each kind of section that a positive example has; the ids of all examples; the space's name.
    /// - Throws: `.invalidField` for an example that no live profile is, or none that the view shows, or that is both;
    ///   `.failedPrecondition(type: "NOT_EMBEDDED", …)` for one that has no embedding yet, and of type "NOTHING_TO_COMPARE" for one of
    ///   which the view shows no text as it is; `.notFound(.embeddingSpace, …)`.
    package func fusion(
        positive: [ProfileKey],
        negative: [ProfileKey],
        space name: String,
        path: String,
        through view: View? = nil,
        at token: ConsistencyToken?,
        deadline: ContinuousClock.Instant?,
        recorder: SearchRecorder? = nil
    ) async throws(RepositoryError) -> (fusion: SearchFusion, examples: Set<String>, space: String) {
        let space = try await self.space(named: name, deadline: deadline)
        let reads = self.database.reads(at: token, deadline: deadline, recorder: recorder?.of(query: 0))
        let examples = try await self.examples(positive, path: "\(path).positive", space, view, reads)
        let others = try await self.examples(negative, path: "\(path).negative", space, view, reads)
        let ids = Set(examples.map(\.id))
        if let both = others.firstIndex(where: { ids.contains($0.id) }) {
            throw .invalidField(path: "\(path).negative[\(both)]", reason: "is a positive example too")
        }
        func vectors(_ examples: [Example], _ kind: SectionKind) -> [[Float]] {
            var seen: Set<String> = []
            return examples.compactMap { seen.insert($0.id).inserted ? $0.vectors[kind] : nil }
        }
        let parts = Self.kinds.compactMap { kind in
            ExampleVectors.vector(positive: vectors(examples, kind), negative: vectors(others, kind))
                .map { SearchFusion.Part(.leaf(.init(.vector($0)))) }
        }
        guard !parts.isEmpty else {
            throw .invalidField(path: path, reason: "has examples that cancel each other out")
        }
        return (SearchFusion(.linear, parts), ids.union(others.map(\.id)), space.name)
    }

    private static let kinds: [SectionKind] = [.summary, .experience, .skills]

    private struct Example {
        let id: String
        /// Of the parts of all its sections of a kind the mean.
        let vectors: [SectionKind: [Float]]
    }

    private func examples(
        _ profiles: [ProfileKey],
        path: String,
        _ space: EmbeddingSpaceInfo,
        _ view: View?,
        _ reads: Reads
    ) async throws(RepositoryError) -> [Example] {
        guard !profiles.isEmpty else { return [] }
        for (index, key) in profiles.enumerated() { try view?.require(key, path: "\(path)[\(index)]") }
        let keys = try await Self.lookedUp(profiles, path: path, view, reads)
        guard let view else { return try await self.examples(keys, path: path, space, reads) }
        let source = ViewExamples(view: view, words: self.views.words(of: view), reads: reads)
        let found = try await Self.renewing { () throws(RepositoryError) in try await source.read(keys, space) }
        for (index, profile) in keys.pick(from: found.profiles).enumerated() {
            guard let profile, found.vectors[profile.id]?.isEmpty == true, !found.waiting.contains(profile.id) else {
                continue
            }
            throw .failedPrecondition(
                type: "NOTHING_TO_COMPARE",
                subject: "\(path)[\(index)]",
                reason: "\(path)[\(index)] has no text that the mask shows as it is, and so none to compare by meaning"
            )
        }
        return try Self.examples(keys, path: path, space, found.profiles, found.vectors)
    }

    private static func lookedUp(
        _ profiles: [ProfileKey],
        path: String,
        _ view: View?,
        _ reads: Reads
    ) async throws(RepositoryError) -> Keys {
        var keys = try Keys(profiles, path: path)
        let lookup = KeyLookup(reads, through: view)
        try await lookup.addExternalIDs(to: &keys)
        _ = try await lookup.addFormerSlugs(to: &keys, without: [])
        return keys
    }

    private func examples(
        _ keys: Keys,
        path: String,
        _ space: EmbeddingSpaceInfo,
        _ reads: Reads
    ) async throws(RepositoryError) -> [Example] {
        let statement = reads.database.statements.statement(
            .named("search_examples", of: space.table.name.text),
            [.uuidArray, .textArray]
        ) { SearchStatements.examples(space: space) }
        let parameters = Parameters(keys.ids, keys.slugs)
        let watch = reads.recorder?.watch(.examples)
        let result = try await reads.query(statement, parameters)
        watch?.ran(.examples, statement, parameters, rows: result.rowCount)
        var found: [Profile] = []
        var vectors: [String: [SectionKind: [Float]]] = [:]
        try readRows { () throws(DatabaseError) in
            for row in 0..<result.rowCount {
                let id = try result.value(row, 0, as: UUID.self).text
                if vectors[id] == nil {
                    found.append(Profile(id: id, slug: try result.value(row, 1)))
                    vectors[id] = [:]
                }
                guard let kind = try result.value(row, 2, as: Int16?.self) else { continue }
                vectors[id]?[SectionKind(rawValue: Int32(kind))] = try result.value(row, 3, as: Vector.self).values
            }
        }
        return try Self.examples(keys, path: path, space, found, vectors)
    }

    /// Each key's example.
    private static func examples(
        _ keys: Keys,
        path: String,
        _ space: EmbeddingSpaceInfo,
        _ found: [Profile],
        _ vectors: [String: [SectionKind: [Float]]]
    ) throws(RepositoryError) -> [Example] {
        var examples: [Example] = []
        for (index, profile) in keys.pick(from: found).enumerated() {
            guard let profile else {
                throw .invalidField(
                    path: "\(path)[\(index)]",
                    reason: "is no live profile: \"\(keys.text(at: index).prefix(100))\""
                )
            }
            guard let vectors = vectors[profile.id], !vectors.isEmpty else {
                throw .failedPrecondition(
                    type: "NOT_EMBEDDED",
                    subject: "\(path)[\(index)]",
                    reason: "\(path)[\(index)] has no embedding in the space \(space.name) yet"
                )
            }
            examples.append(Example(id: profile.id, vectors: vectors))
        }
        return examples
    }
}

extension SearchStatements {
    /// Live profiles by id or slug, each with the mean embedding of each kind of its sections: id, slug, kind, vector; without an
    /// embedding one row without the last two. Parameters: `$1` ids, `$2` slugs.
    ///
    /// Each section counts once, however many parts its text has.
    static func examples(space: EmbeddingSpaceInfo) -> SQL {
        let kind = SectionWindow.sectionKind("e.kind")
        return """
            SELECT p.id, p.slug, m.kind, m.vector
            FROM profiles p LEFT JOIN LATERAL (
                SELECT s.kind, avg(s.vector) AS vector
                FROM (
                    SELECT \(kind) AS kind, e.section_id, avg(e.embedding) AS vector
                    FROM \(space.table.name) e WHERE e.profile_id = p.id AND e.is_active
                    GROUP BY \(kind), e.section_id
                ) AS s
                GROUP BY s.kind
            ) AS m ON true
            WHERE p.is_active AND (p.id = ANY($1) OR p.slug = ANY($2))
            ORDER BY p.id, m.kind
            """
    }
}
