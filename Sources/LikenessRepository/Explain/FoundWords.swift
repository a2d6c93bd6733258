internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Which of some words a profile has, and where.
struct FoundWords: Sendable {
    /// Places of terms, counted from 0, that the profile has anywhere.
    var anywhere: Set<Int> = []
    /// Those that are asked about by name, and of each kind as many as have all the terms that any of the kind has, the first ones.
    var sections: [(section: SectionMatch, words: Set<Int>)] = []
    /// Of the view that was searched through.
    var weights = KindWeights.equal
    /// What a profile has of the weights is rounded, what one of its sections has is not.
    private var roundsWeights = true

    init(weights: KindWeights = .equal) { self.weights = weights }

    /// What one section has.
    func alone(in section: SectionMatch?) -> FoundWords {
        var alone = FoundWords(weights: self.weights)
        alone.roundsWeights = false
        alone.sections = self.sections.filter { $0.section.kind == section?.kind && $0.section.id == section?.id }
        alone.anywhere = alone.sections.reduce(into: []) { $0.formUnion($1.words) }
        return alone
    }

    /// Profiles that are looked up at once: each may have some 500 sections.
    static let profilesMax = 10

    /// Looks some profiles up.
    ///
    /// - Parameters:
    ///   - asked: Sections that are asked about by name.
    ///   - named: A section of a profile as answers name it; `nil` for one that they do not.
    /// - Returns: By the profile's id.
    static func read(
        _ set: WordSet,
        of profiles: [UUID],
        _ reads: Reads,
        weights: KindWeights,
        asked: Set<SearchRecord.SectionKey>,
        named: (SectionMatch, _ profile: String) -> SectionMatch?
    ) async throws(RepositoryError) -> [String: FoundWords] {
        var found: [String: FoundWords] = [:]
        for start in stride(from: 0, to: profiles.count, by: Self.profilesMax) {
            let some = Array(profiles[start..<min(start + Self.profilesMax, profiles.count)])
            let part = try await Self.readAtOnce(set, of: some, reads, weights: weights, asked: asked, named: named)
            found.merge(part) { _, last in last }
        }
        return found
    }

    private static func readAtOnce(
        _ set: WordSet,
        of profiles: [UUID],
        _ reads: Reads,
        weights: KindWeights,
        asked: Set<SearchRecord.SectionKey>,
        named: (SectionMatch, _ profile: String) -> SectionMatch?
    ) async throws(RepositoryError) -> [String: FoundWords] {
        var parameters = Parameters(set.queries, profiles)
        if let view = set.view { parameters.append(view) }
        let statement = set.view == nil ? SearchStatements.foundWords : SearchStatements.foundWordsInView
        let result = try await reads.query(statement, parameters)
        return try readRows { () throws(DatabaseError) in
            var found: [String: FoundWords] = [:]
            // What the sections of each kind have so far, of the profile that the rows are of.
            var (current, known): (String, [Int16: Set<Int>]) = ("", [:])
            for row in 0..<result.rowCount {
                let profile = try result.value(row, 0, as: UUID.self).text
                let kind = try result.value(row, 1, as: Int16.self)
                let id = try result.value(row, 2, as: UUID.self).text
                let words = Set(try result.value(row, 3, as: [Int64].self).map { Int($0) - 1 })
                if kind == 0 {
                    found[profile, default: FoundWords(weights: weights)].anywhere = words
                    continue
                }
                if current != profile { (current, known) = (profile, [:]) }
                var section = SectionMatch(kind: SectionKind(rawValue: Int32(kind)), id: id)
                let isAsked = asked.contains(.init(profile: profile, kind: section.kind, id: id))
                guard isAsked || !words.isSubset(of: known[kind] ?? []) else { continue }
                switch section.kind {
                case .summary: section.title = SectionTitle.summary
                case .skills: section.title = SectionTitle.skills
                case .experience, .unspecified, .unrecognized:
                    section.title = SectionTitle.experience(
                        try result.value(row, 4, as: String?.self) ?? "",
                        organization: try result.value(row, 5, as: String?.self) ?? ""
                    )
                }
                guard let shown = named(section, profile) else { continue }
                known[kind, default: []].formUnion(words)
                found[profile, default: FoundWords(weights: weights)].sections.append((shown, words))
            }
            return found
        }
    }

    /// What they say of each of the words.
    ///
    /// - Parameter shown: The section that the hit shows.
    func matches(_ set: WordSet, shown: SectionMatch?) -> [WordMatch] {
        set.words.indices.map { word in
            let found = set.terms.indices.filter { set.terms[$0].word == word && self.counts($0) }
            // Who has the first of them has the others, too: it is of the word itself, or of what resembles it most.
            let holding =
                found.first.map { term in self.sections.filter { $0.words.contains(term) }.map(\.section) } ?? []
            return WordMatch(
                word: set.words[word].word,
                weight: found.isEmpty ? set.words[word].weight : found.reduce(0) { $0 + self.weight($1, set) },
                found: !found.isEmpty,
                section: holding.first { $0.kind == shown?.kind && $0.id == shown?.id } ?? holding.first
            )
        }
    }

    /// How much of the weights is found.
    func coverage(_ set: WordSet) -> Double {
        self.anywhere.reduce(0) { $0 + self.weight($1, set) }
    }

    private func counts(_ term: Int) -> Bool { self.anywhere.contains(term) && self.share(term) > 0 }

    /// As in the section whose kind counts most.
    private func share(_ term: Int) -> Double {
        guard !self.weights.areEqual else { return 1 }
        return self.sections.filter { $0.words.contains(term) }.map { self.weights[$0.section.kind] }.max() ?? 0
    }

    /// As `SearchStatements.weightInView` rounds it.
    private func weight(_ term: Int, _ set: WordSet) -> Double {
        let weight = set.terms[term].weight
        guard !self.weights.areEqual else { return weight }
        guard self.roundsWeights else { return weight * self.share(term) }
        return ((weight * set.total).rounded() * self.share(term)).rounded(.toNearestOrEven) / set.total
    }
}

extension SearchStatements {
    /// Which of some words profiles have: profile_id, kind (0 for the whole profile), section_id, places of words from 1 on (int8[]), and of
    /// experiences title and organization. Parameters: `$1` what asks for each of the words (text[] of tsquery), `$2` profiles (uuid[]).
    static let foundWords = Statement(
        "explain_words",
        foundWords(
            """
            SELECT w.profile_id, 0::smallint AS kind, w.profile_id AS section_id, w.words, NULL AS title, NULL AS organization
            FROM profile_words w WHERE w.profile_id = ANY($2) AND w.is_active
            UNION ALL
            SELECT p.id, 1::smallint, p.id, p.search, NULL, NULL FROM profiles p WHERE p.id = ANY($2) AND p.is_active
            UNION ALL
            SELECT e.profile_id, 2::smallint, e.id, e.search, e.title, e.organization
            FROM experiences e WHERE e.profile_id = ANY($2)
            UNION ALL
            SELECT k.profile_id, 3::smallint, k.profile_id, array_to_tsvector(array_agg(l.lexeme)), NULL, NULL
            FROM skills k, unnest(k.search) AS l WHERE k.profile_id = ANY($2) GROUP BY k.profile_id
            """
        ),
        [.textArray, .uuidArray]
    )

    /// The same of what a view shows. Parameters besides: `$3` its projection (uuid).
    static let foundWordsInView = Statement(
        "explain_view_words",
        foundWords(
            """
            SELECT w.profile_id, 0::smallint AS kind, w.profile_id AS section_id, w.words, NULL AS title, NULL AS organization
            FROM view_words w WHERE w.view_id = $3 AND w.profile_id = ANY($2) AND w.words IS NOT NULL
            UNION ALL
            SELECT v.profile_id, v.kind, v.section_id, v.words, NULL, NULL
            FROM view_sections v WHERE v.view_id = $3 AND v.profile_id = ANY($2) AND v.kind < 3
            UNION ALL
            SELECT v.profile_id, 3::smallint, v.profile_id, array_to_tsvector(array_agg(l.lexeme)), NULL, NULL
            FROM view_sections v, unnest(v.words) AS l WHERE v.view_id = $3 AND v.profile_id = ANY($2) AND v.kind = 3
            GROUP BY v.profile_id
            """
        ),
        [.textArray, .uuidArray, .uuid]
    )

    private static func foundWords(_ holders: SQL) -> SQL {
        """
        WITH terms AS MATERIALIZED (
            SELECT t.query::tsquery AS query, t.place FROM unnest($1::text[]) WITH ORDINALITY AS t (query, place)
        )
        SELECT h.profile_id, h.kind, h.section_id,
            ARRAY(SELECT t.place FROM terms t WHERE h.words @@ t.query ORDER BY t.place), h.title, h.organization
        FROM (\(holders)) AS h
        ORDER BY h.profile_id, h.kind, h.section_id
        """
    }
}
