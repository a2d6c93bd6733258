internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessScheduling
internal import LikenessWords

/// One search by words through a view: what the view hides has no part in it.
///
/// The ranking is made from the view's projection, and hits from profiles that are read whole and shown as the view shows them:
/// their names, sections and passages too. So the answer is a function of what is shown.
struct ViewSearch: Sendable {
    let query: SearchQuery
    let view: View
    let reading: SearchWords.Reading
    let words: ViewWords
    let reads: Reads
    /// One of `SearchStatements.limits`.
    let limit: Int

    private struct Ranked: Sendable {
        let profile: UUID
        let coverage: Double
        /// The section that holds the most of the words.
        let section: (kind: SectionKind, id: String)?
    }

    func answer() async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let scope = SearchScope(filter: try self.view.condition(and: self.query.filter), among: self.query.among)
        for _ in 0..<Self.attemptsMax {
            let version = try await self.words.current(self.reads)
            let words = await Self.words(self.reading, in: version.words.index)
            let (ranked, isCut) = try await self.ranked(words, version, scope)
            // What is dropped is cleared away: its rows may have been missing.
            guard try await self.words.isThere(version, self.reads) else { continue }
            return SearchAnswer(
                hits: try await self.hits(ranked, words),
                completeness: self.reading.completeness(
                    isCut
                        ? Completeness(
                            level: .truncated,
                            reason: "only the profiles with the most of the words were looked at"
                        )
                        : Completeness(level: .exact)
                ),
                strategy: "text",
                embeddingSpace: ""
            )
        }
        throw .unavailable(.viewNotReady)
    }

    private static let attemptsMax = 3

    // MARK: Ranking

    /// Profiles that the index names beside those that are wanted: some may have been written a moment ago.
    private static let spare = 32
    /// With a filter so many times as many, within bounds.
    private static let filteredShare = 16
    private static let filteredBounds = 1_000...20_000

    /// - Returns: Who has the most of the words, and whether others may have been among them.
    private func ranked(
        _ words: SearchWords,
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> ([Ranked], isCut: Bool) {
        let withPhrases = !self.reading.query.required.isEmpty
        if !withPhrases, self.query.precision != .exact {
            let most =
                self.query.filter == nil
                ? self.limit + Self.spare
                : min(
                    max(self.limit * Self.filteredShare, Self.filteredBounds.lowerBound),
                    Self.filteredBounds.upperBound
                )
            let best = await Self.best(words, in: version.words.index, count: most)
            var parameters = words.parameters
            parameters.append(version.id)
            parameters.append(best.map(\.profile.uuid))
            parameters.append(best.map { Double($0.weight) })
            let (ranked, isShort) = try await self.rows(.index, parameters, scope)
            let isCut = isShort && best.count == most
            if !isCut || self.query.precision == .approximate { return (ranked, isCut) }
        }
        var parameters = words.parameters
        parameters.append(version.id)
        return (try await self.rows(.passing(withPhrases: withPhrases), parameters, scope).ranked, false)
    }

    private func rows(
        _ nominees: SearchStatements.Nominees,
        _ parameters: Parameters,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> (ranked: [Ranked], isShort: Bool) {
        var parameters = parameters
        let scope = try scope.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(
            SearchStatements.viewText(limit: self.limit, nominees: nominees, scope: scope),
            parameters,
            deadline: self.reads.deadline
        )
        let settings =
            nominees == .index ? [SessionSetting("enable_seqscan", "off")] : SearchPlan.exactSettings
        var results = try await self.reads.run(batch, settings: settings)
        _ = results.next()
        let result = results.next()
        return try readRows { () throws(DatabaseError) in
            var ranked: [Ranked] = []
            for row in 0..<min(result.rowCount, self.query.limit) {
                let kind = try result.value(row, 2, as: Int16?.self)
                let section = try result.value(row, 3, as: UUID?.self)
                let coverage: Double = try result.value(row, 1)
                if self.query.minScore != 0, coverage < self.query.minScore { break }
                ranked.append(
                    Ranked(
                        profile: try result.value(row, 0),
                        coverage: coverage,
                        section: kind.flatMap { kind in
                            section.map { (SectionKind(rawValue: Int32(kind)), $0.text) }
                        }
                    )
                )
            }
            return (ranked, result.rowCount < self.query.limit)
        }
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
    private func hits(_ ranked: [Ranked], _ words: SearchWords) async throws(RepositoryError) -> [Hit] {
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
                shown.append((id, Self.hit(profile, section, place: place, coverage: ranked[place].coverage), section))
            }
            if self.query.withHighlights {
                let passages = try await self.passages(shown.map(\.section), words)
                for index in shown.indices { shown[index].hit.highlights = passages[index] }
            }
            for one in shown { hits[one.profile] = one.hit }
        }
        return ranked.compactMap { hits[$0.profile] }
    }

    private static func hit(_ profile: Profile, _ section: ShownSection?, place: Int, coverage: Double) -> Hit {
        var hit = Hit()
        hit.profile = ProfileSummary(
            id: profile.id,
            slug: profile.slug,
            displayName: profile.displayName,
            headline: profile.headline,
            location: profile.location
        )
        hit.score = coverage
        hit.section = section?.match
        hit.evidence = [
            Evidence(branch: .text, rank: Int32(place + 1), rawScore: coverage, section: section?.match)
        ]
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
            (try ProfileRows.profiles(whole).map { self.view.shown($0) }, try ProfileRows.leftOut(whole))
        }
    }

    /// Of each section; none for those that are not shown.
    private func passages(
        _ sections: [ShownSection?],
        _ words: SearchWords
    ) async throws(RepositoryError) -> [[Highlight]] {
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

    /// - Returns: `nil` when the profile has no such section.
    init?(_ kind: SectionKind, _ id: String, of profile: Profile) {
        switch kind {
        case .summary:
            self.match = SectionMatch(kind: kind, id: profile.id, title: "Summary")
            self.texts = [profile.summary, profile.headline]
            self.names = [profile.displayName]
        case .skills:
            guard !profile.skills.isEmpty else { return nil }
            let skills = profile.skills.map { ([$0.name] + $0.keywords).filter { !$0.isEmpty }.joined(separator: " ") }
            self.match = SectionMatch(kind: kind, id: profile.id, title: "Skills")
            self.texts = [skills.joined(separator: ", ")]
            self.names = []
        case .experience, .unspecified, .unrecognized:
            guard let experience = profile.experiences.first(where: { $0.id == id }) else { return nil }
            let title = [experience.title, experience.organization].filter { !$0.isEmpty }.joined(separator: ", ")
            self.match = SectionMatch(kind: kind, id: id, title: title)
            self.texts = [experience.description, experience.highlights.joined(separator: " ")]
            self.names = [experience.title, experience.organization]
        }
    }
}
