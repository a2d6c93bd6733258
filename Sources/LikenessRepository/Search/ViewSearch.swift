internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessScheduling
internal import LikenessWords

/// One search through a view: what the view hides has no part in it.
///
/// The ranking is made from the view's projection, and hits from profiles that are read whole and shown as the view shows them:
/// their names, sections and passages too. So the answer is a function of what is shown.
struct ViewSearch: Sendable {
    let query: SearchQuery
    let view: View
    let ask: Ask
    let words: ViewWords
    let reads: Reads
    /// One of `SearchStatements.limits`.
    let limit: Int

    /// What is asked for, checked and read.
    enum Ask: Sendable {
        case text(SearchWords.Reading)
        case vector(Vector, EmbeddingSpaceInfo)
        case hybrid(SearchWords.Reading, Vector, EmbeddingSpaceInfo)

        var reading: SearchWords.Reading? {
            switch self {
            case .text(let reading), .hybrid(let reading, _, _): reading
            case .vector: nil
            }
        }
    }

    private struct SectionKey: Sendable {
        let kind: SectionKind
        let id: String
    }

    private struct Ranked: Sendable {
        let profile: UUID
        let score: Double
        /// The section that is shown.
        let section: SectionKey?
        /// Of the branches that found it.
        let evidence: [(branch: Branch, rank: Int32, score: Double, section: SectionKey?)]
    }

    private struct Ranking: Sendable {
        var ranked: [Ranked]
        var isShort: Bool
        /// Others may have been among them.
        var isCut = false
    }

    func answer() async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let scope = SearchScope(filter: try self.view.condition(and: self.query.filter), among: self.query.among)
        for _ in 0..<Self.attemptsMax {
            let version = try await self.words.current(self.reads)
            var words: SearchWords?
            if let reading = self.ask.reading { words = await Self.words(reading, in: version.words.index) }
            let ranking = try await self.ranking(words, version, scope)
            // What is dropped is cleared away: its rows may have been missing.
            guard try await self.words.isThere(version, self.reads) else { continue }
            return SearchAnswer(
                hits: try await self.hits(ranking.ranked, words),
                completeness: self.completeness(ranking),
                strategy: self.strategy,
                embeddingSpace: self.space?.name ?? ""
            )
        }
        throw .unavailable(.viewNotReady)
    }

    private var space: EmbeddingSpaceInfo? {
        switch self.ask {
        case .text: nil
        case .vector(_, let space), .hybrid(_, _, let space): space
        }
    }

    private var strategy: String {
        switch self.ask {
        case .text: "text"
        case .vector: "vector_exact"
        case .hybrid: "hybrid_exact"
        }
    }

    /// Says nothing that depends on what is hidden.
    private func completeness(_ ranking: Ranking) -> Completeness {
        var completeness = Completeness(level: .exact)
        if ranking.isCut {
            completeness = Completeness(
                level: .truncated,
                reason: "only the profiles with the most of the words were looked at"
            )
        } else if case .hybrid = self.ask {
            completeness = Completeness(
                level: .approximate,
                reason: "the \(SearchStatements.hybridWindow(limit: self.limit)) best of each branch were considered"
            )
        }
        if self.space != nil, !self.view.alteredKinds.isEmpty {
            let kinds = self.view.alteredKinds.map { $0.name.replacing("SECTION_KIND_", with: "") }.joined(
                separator: ", "
            )
            completeness = Completeness(
                level: .truncated,
                reason: "the mask can alter the texts of \(kinds), which were not compared by meaning"
            )
        }
        return self.ask.reading?.completeness(completeness) ?? completeness
    }

    private static let attemptsMax = 3

    // MARK: Ranking

    /// Profiles that the index names beside those that are wanted: some may have been written a moment ago.
    private static let spare = 32
    /// With a filter so many times as many, within bounds.
    private static let filteredShare = 16
    private static let filteredBounds = 1_000...20_000

    private func ranking(
        _ words: SearchWords?,
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> Ranking {
        switch self.ask {
        case .vector(let vector, let space):
            let embeddings = ViewEmbeddings(space, self.view)
            return try await self.rows(
                Parameters(vector, space.name, version.id),
                scope,
                settings: SearchPlan.exactSettings,
                { SearchStatements.viewVector(limit: self.limit, embeddings, scope: $0) },
                { (result, row) throws(DatabaseError) in try Self.ranked(result, row, by: .vector) }
            )
        case .text(let reading), .hybrid(let reading, _, _):
            guard let words else { preconditionFailure("a text has words") }
            let withPhrases = !reading.query.required.isEmpty
            if !withPhrases, self.query.precision != .exact, self.isNamedByIndex {
                let most = self.nomineesMax
                let best = await Self.best(words, in: version.words.index, count: most)
                var ranking = try await self.holding(.index, words, best, version, scope)
                if case .text = self.ask { ranking.isCut = ranking.isShort && best.count == most }
                if !ranking.isCut || self.query.precision == .approximate { return ranking }
            }
            return try await self.holding(.passing(withPhrases: withPhrases), words, [], version, scope)
        }
    }

    /// A hybrid search with a filter scores all who pass: its window is to be full.
    private var isNamedByIndex: Bool {
        if case .hybrid = self.ask { return self.query.filter == nil && self.query.among == nil }
        return true
    }

    private var nomineesMax: Int {
        if case .hybrid = self.ask { return SearchStatements.hybridWindow(limit: self.limit) + Self.spare }
        guard self.query.filter != nil || self.query.among != nil else { return self.limit + Self.spare }
        return min(max(self.limit * Self.filteredShare, Self.filteredBounds.lowerBound), Self.filteredBounds.upperBound)
    }

    private func holding(
        _ nominees: SearchStatements.Nominees,
        _ words: SearchWords,
        _ best: [WordIndex.Found],
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> Ranking {
        var parameters = words.parameters
        parameters.append(version.id)
        if case .hybrid(_, let vector, let space) = self.ask {
            parameters.append(vector)
            parameters.append(space.name)
        }
        if nominees == .index {
            parameters.append(best.map(\.profile.uuid))
            parameters.append(best.map { Double($0.weight) })
        }
        guard case .hybrid(_, _, let space) = self.ask else {
            return try await self.rows(
                parameters,
                scope,
                settings: nominees == .index ? [SessionSetting("enable_seqscan", "off")] : SearchPlan.exactSettings,
                { SearchStatements.viewText(limit: self.limit, nominees: nominees, scope: $0) },
                { (result, row) throws(DatabaseError) in try Self.ranked(result, row, by: .text) }
            )
        }
        let embeddings = ViewEmbeddings(space, self.view)
        return try await self.rows(
            parameters,
            scope,
            settings: SearchPlan.exactSettings,
            {
                SearchStatements.viewHybrid(
                    limit: self.limit,
                    embeddings,
                    nominees: nominees,
                    showsNames: self.view.showsNames,
                    scope: $0
                )
            },
            { (result, row) throws(DatabaseError) in try Self.rankedByBoth(result, row) }
        )
    }

    private func rows(
        _ parameters: Parameters,
        _ scope: SearchScope,
        settings: [SessionSetting],
        _ statement: (ScopeSQL) -> SQL,
        _ read: (borrowing QueryResult, Int) throws(DatabaseError) -> Ranked
    ) async throws(RepositoryError) -> Ranking {
        var parameters = parameters
        let scope = try scope.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(statement(scope), parameters, deadline: self.reads.deadline)
        var results = try await self.reads.run(batch, settings: settings)
        _ = results.next()
        let result = results.next()
        return try readRows { () throws(DatabaseError) in
            var ranking = Ranking(ranked: [], isShort: result.rowCount < self.query.limit)
            for row in 0..<min(result.rowCount, self.query.limit) {
                let ranked = try read(result, row)
                if self.query.minScore != 0, ranked.score < self.query.minScore { break }
                ranking.ranked.append(ranked)
            }
            return ranking
        }
    }

    /// A row of `viewText` or `viewVector`.
    private static func ranked(
        _ result: borrowing QueryResult,
        _ row: Int,
        by branch: Branch
    ) throws(DatabaseError) -> Ranked {
        let section = try Self.section(result, row, 2)
        let score: Double = try result.value(row, 1)
        return Ranked(
            profile: try result.value(row, 0),
            score: score,
            section: section,
            evidence: [(branch, Int32(row + 1), score, section)]
        )
    }

    /// A row of `viewHybrid`.
    private static func rankedByBoth(_ result: borrowing QueryResult, _ row: Int) throws(DatabaseError) -> Ranked {
        let similarity = try result.value(row, 2, as: Double?.self)
        let coverage = try result.value(row, 6, as: Double?.self)
        let (nearest, holding) = (try Self.section(result, row, 4), try Self.section(result, row, 8))
        var evidence: [(branch: Branch, rank: Int32, score: Double, section: SectionKey?)] = []
        if let rank = try result.value(row, 3, as: Int64?.self) {
            evidence.append((.vector, Int32(rank), similarity ?? 0, nearest))
        }
        if let rank = try result.value(row, 7, as: Int64?.self) {
            evidence.append((.text, Int32(rank), coverage ?? 0, holding))
        }
        let prefersWords = HybridScore.prefersWords(similarity: similarity, coverage: coverage)
        return Ranked(
            profile: try result.value(row, 0),
            score: try result.value(row, 1),
            section: prefersWords ? holding : nearest ?? holding,
            evidence: evidence
        )
    }

    /// Kind and id; `nil` when there is none.
    private static func section(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ column: Int
    ) throws(DatabaseError) -> SectionKey? {
        guard let kind = try result.value(row, column, as: Int16?.self),
            let id = try result.value(row, column + 1, as: UUID?.self)
        else { return nil }
        return SectionKey(kind: SectionKind(rawValue: Int32(kind)), id: id.text)
    }

    // Off the event loop that the caller may be on.

    private static func words(_ reading: SearchWords.Reading, in index: WordIndex) async -> SearchWords {
        await withTaskExecutorPreference(globalConcurrentExecutor) { SearchWords(reading, index: index) }
    }

    private static func best(_ words: SearchWords, in index: WordIndex, count: Int) async -> [WordIndex.Found] {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            index.best(words.terms, without: words.reading.excludedWords, count: count)
        }
    }

    // MARK: Hits

    /// In the order of the ranking; who is no longer shown is left out.
    private func hits(_ ranked: [Ranked], _ words: SearchWords?) async throws(RepositoryError) -> [Hit] {
        var hits: [UUID: Hit] = [:]
        var places: [UUID: Int] = [:]
        for (place, one) in ranked.enumerated() { places[one.profile] = place }
        var left = ranked.map(\.profile)
        while !left.isEmpty {
            let (profiles, others) = try await self.shown(left)
            left = others
            var shown: [(profile: UUID, hit: Hit, section: ShownSection?)] = []
            for profile in profiles {
                let id = try UUID(text: profile.id, path: "id")
                guard let place = places[id] else { continue }
                let section = ranked[place].section.flatMap { ShownSection($0.kind, $0.id, of: profile) }
                shown.append((id, Self.hit(ranked[place], profile, section), section))
            }
            if self.query.withHighlights {
                let passages = try await self.passages(shown.map(\.section), words)
                for index in shown.indices { shown[index].hit.highlights = passages[index] }
            }
            for one in shown { hits[one.profile] = one.hit }
        }
        return ranked.compactMap { hits[$0.profile] }
    }

    private static func hit(_ ranked: Ranked, _ profile: Profile, _ section: ShownSection?) -> Hit {
        var hit = Hit()
        hit.profile = ProfileSummary(
            id: profile.id,
            slug: profile.slug,
            displayName: profile.displayName,
            headline: profile.headline,
            location: profile.location
        )
        hit.score = ranked.score
        hit.section = section?.match
        hit.evidence = ranked.evidence.map { one in
            Evidence(
                branch: one.branch,
                rank: one.rank,
                rawScore: one.score,
                section: one.section.flatMap { ShownSection($0.kind, $0.id, of: profile)?.match }
            )
        }
        return hit
    }

    /// Some megabytes of profiles as the view shows them, and those that were not read yet.
    private func shown(_ ids: [UUID]) async throws(RepositoryError) -> ([Profile], left: [UUID]) {
        var parameters = Parameters(ids, [String](), Int64(ProfileRepository.readBytesMax))
        let condition = try self.view.sql(and: nil, &parameters)
        var batch = Batch()
        batch.addFiltered(
            ProfileStatements.wholeWithinText(condition: condition),
            parameters,
            deadline: self.reads.deadline
        )
        var results = try await self.reads.run(batch)
        _ = results.next()
        let whole = results.next()
        return try readRows { () throws(DatabaseError) in
            (
                try ProfileRows.profiles(whole).map { self.view.shown($0) }, try ProfileRows.leftOut(whole)
            )
        }
    }

    /// Of each section; none for those that are not shown.
    private func passages(
        _ sections: [ShownSection?],
        _ words: SearchWords?
    ) async throws(RepositoryError) -> [[Highlight]] {
        guard let words else { return sections.map { $0?.beginning ?? [] } }
        var texts: [String] = []
        var areWhole: [Bool] = []
        for section in sections {
            guard let section else { continue }
            texts += section.texts + section.names
            areWhole += section.texts.map { _ in false } + section.names.map { _ in true }
        }
        guard !texts.isEmpty else { return sections.map { _ in [] } }
        let result = try await self.reads.query(
            SearchStatements.markedTexts,
            Parameters(words.queries, texts, areWhole)
        )
        let asked = PassageWords(words.reading.words)
        return try readRows { () throws(DatabaseError) in
            var row = 0
            func next(_ field: StaticString) throws(DatabaseError) -> Highlight? {
                defer { row += 1 }
                guard let marked = try result.value(row, 0, as: String?.self) else { return nil }
                return Passage.highlight(field: "\(field)", marked: marked, words: asked)
            }
            var passages: [[Highlight]] = []
            for section in sections {
                guard let section else {
                    passages.append([])
                    continue
                }
                let fields = SectionFields(of: section.match.kind)
                var (texts, names): ([Highlight?], [Highlight?]) = ([], [])
                for (_, field) in zip(section.texts, [fields.long, fields.other]) { texts.append(try next(field)) }
                for (_, field) in zip(section.names, [fields.name, fields.organization]) {
                    names.append(try next(field))
                }
                passages.append(Passage.shown(texts: texts, names: names))
            }
            return passages
        }
    }
}

/// A section of a profile as a view shows it.
private struct ShownSection: Sendable {
    let match: SectionMatch
    /// Those of `SectionFields.long` and `.other`.
    let texts: [String]
    /// Those of `.name` and `.organization`.
    let names: [String]
    /// As `texts`, where nothing is marked.
    private let beginnings: [String]

    /// The beginning of the first of its texts that is not empty: what a search by meaning shows.
    var beginning: [Highlight] {
        let fields = SectionFields(of: self.match.kind)
        let shown = zip(self.beginnings, [fields.long, fields.other]).first { !$0.0.isEmpty }
        return shown.flatMap { Passage.highlight(field: "\($0.1)", marked: $0.0) }.map { [$0] } ?? []
    }

    /// - Returns: `nil` when the profile has no such section.
    init?(_ kind: SectionKind, _ id: String, of profile: Profile) {
        switch kind {
        case .summary:
            self.match = SectionMatch(kind: kind, id: profile.id, title: "Summary")
            self.texts = [profile.summary, profile.headline]
            self.names = [profile.displayName]
            self.beginnings = self.texts
        case .skills:
            guard !profile.skills.isEmpty else { return nil }
            let skills = profile.skills.map { ([$0.name] + $0.keywords).filter { !$0.isEmpty }.joined(separator: " ") }
            self.match = SectionMatch(kind: kind, id: profile.id, title: "Skills")
            self.texts = [skills.joined(separator: ", ")]
            self.names = []
            self.beginnings = [profile.skills.map(\.name).filter { !$0.isEmpty }.joined(separator: ", ")]
        case .experience, .unspecified, .unrecognized:
            guard let experience = profile.experiences.first(where: { $0.id == id }) else { return nil }
            let title = [experience.title, experience.organization].filter { !$0.isEmpty }.joined(separator: ", ")
            self.match = SectionMatch(kind: kind, id: id, title: title)
            self.texts = [experience.description, experience.highlights.joined(separator: " ")]
            self.names = [experience.title, experience.organization]
            self.beginnings = self.texts
        }
    }
}
