internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// Searches by words, alone and with a vector.
///
/// The index of words names the profiles that can be among the first, the statement shows those of them that it may. What
/// few profiles pass (a narrow filter, a phrase) is scored in full by the statement, without the index.
extension SearchRepository {
    func byWords(
        _ text: String,
        _ query: SearchQuery,
        contents: SearchCatalog.Contents,
        limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        // EXACT is the plain formula over all who pass, for who wants to check the index.
        var isNarrow = query.precision == .exact
        if let filter = query.filter, query.precision != .exact, query.precision != .approximate {
            isNarrow = try await self.passFew(filter, contents: contents, deadline: deadline)
        }
        let search = WordsSearch(
            query: query,
            statementLimit: limit,
            candidateMax: limit,
            contents: contents,
            deadline: deadline
        )
        let reading = try await self.read(text, deadline: deadline)
        var found = try await self.run(search, reading, isNarrow: isNarrow)
        if found.isShort, found.nomineesAreCut, query.precision != .approximate {
            // What passes the filter has few of the words.
            found = try await self.run(search, reading, isNarrow: true)
        }
        var completeness = Completeness(level: .exact)
        if found.isShort, found.nomineesAreCut {
            completeness = Completeness(
                level: .truncated,
                reason: "only the \(search.nomineesMax) profiles with the most of the words were looked at"
            )
        }
        return SearchAnswer(
            hits: .values(found.hits),
            completeness: found.completeness(completeness),
            strategy: "text",
            embeddingSpace: ""
        )
    }

    func byBoth(
        _ text: String,
        _ vector: Vector,
        _ query: SearchQuery,
        plan: SearchPlan,
        contents: SearchCatalog.Contents,
        limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        let reading = try await self.read(text, deadline: deadline)
        var plan = plan
        var reach = plan.hybridReach(limit: limit)
        while true {
            var search = WordsSearch(
                query: query,
                statementLimit: limit,
                candidateMax: max(SearchStatements.hybridWindow(limit: limit), reach.sections),
                contents: contents,
                deadline: deadline
            )
            search.nearest = .init(vector: vector, plan: plan, reach: reach)
            let found = try await self.run(
                search,
                reading,
                isNarrow: (query.filter != nil && plan.scan == .exact) || query.precision == .exact
            )
            if found.isShort, found.sectionsSeen < reach.sections, query.filter != nil, plan.scan == .approximate,
                query.precision != .approximate
            {
                // The index has given up before enough passed the filter.
                plan = plan.with(.exact)
                reach = plan.hybridReach(limit: limit)
                continue
            }
            if found.isShort, !found.wantsPhrases, found.sectionsSeen >= reach.sections,
                let next = plan.next(after: reach, seeing: found.sectionsSeen)
            {
                // The nearest sections belong to fewer profiles than were asked for.
                reach = next
                continue
            }
            // Both rankings end at the window: beyond it a profile that is fair in both may be missing.
            var completeness = plan.completeness(reach, seeing: nil, isShort: found.isShort)
            if completeness.level == .exact && plan.embeddingCount > reach.sections {
                completeness = Completeness(
                    level: .approximate,
                    reason: "the \(reach.sections) best of each branch were considered"
                )
            }
            return SearchAnswer(
                hits: .values(found.hits),
                completeness: found.completeness(completeness),
                strategy: "hybrid_" + plan.strategy,
                embeddingSpace: plan.space.name
            )
        }
    }

    // MARK: One statement

    private func read(
        _ text: String,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchWords.Reading {
        let wordsQuery = try WordsQuery(bounded: text)
        let result = try await self.database.query(
            SearchWords.Reading.statement,
            SearchWords.Reading.parameters(wordsQuery),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in try SearchWords.Reading(wordsQuery, result) }
    }

    private func run(
        _ search: WordsSearch,
        _ reading: SearchWords.Reading,
        isNarrow: Bool
    ) async throws(RepositoryError) -> WordsSearch.Found {
        var version = try await self.words.version(deadline: search.deadline)
        while true {
            let asked = await Self.words(reading, in: version.index)
            let found = try await self.run(search, asked, version, isNarrow: isNarrow)
            if let found { return found }
            version = try await self.words.renewed(deadline: search.deadline)
        }
    }

    /// - Returns: `nil` when more was written since the index was brought up to date than the statement looks at.
    private func run(
        _ search: WordsSearch,
        _ words: SearchWords,
        _ version: ProfileWords.Version,
        isNarrow: Bool
    ) async throws(RepositoryError) -> WordsSearch.Found? {
        let withPhrases = !words.reading.query.required.isEmpty
        let nominees: SearchStatements.Nominees =
            isNarrow || withPhrases ? .passing(withPhrases: withPhrases) : .index
        var parameters = words.parameters
        var found = WordsSearch.Found(
            wordCount: words.wordCount,
            wantsPhrases: withPhrases,
            excludes: !words.reading.query.excluded.isEmpty
        )
        var batch = Batch()
        if nominees == .index {
            let most = search.nomineesMax
            let best = await Self.best(words, in: version.index, count: most)
            found.nomineesAreCut = best.count == most
            parameters.append(best.map(\.profile.uuid))
            parameters.append(best.map { Double($0.weight) })
            parameters.append(version.snapshot)
        }
        if let nearest = search.nearest { parameters.append(nearest.vector) }
        if let filter = search.query.filter {
            let condition = try filter.sql(&parameters)
            batch.addFiltered(search.sql(nominees, filter: condition), parameters, deadline: search.deadline)
        } else {
            batch.add(search.statement(nominees, types: parameters.types), parameters)
        }
        // Behind the search, so that it counts no fewer than the search met.
        if nominees == .index { batch.add(ProfileWordsStatements.unseenCount, Parameters(version.snapshot)) }
        var results = try await self.database.run(
            batch,
            settings: search.settings(nominees),
            deadline: search.deadline
        )
        if search.query.filter != nil { _ = results.next() }
        let result = results.next()
        if nominees == .index {
            let unseen = results.next()
            let count: Int = try readRows { () throws(DatabaseError) in try unseen.value(0, 0) }
            if count > ProfileWordsStatements.unseenMax { return nil }
            if count > ProfileWordsStatements.unseenMax / 10 { self.words.renew() }
        }
        try readRows { () throws(DatabaseError) in
            found.isShort = result.rowCount < search.query.limit
            if result.rowCount > 0 { found.sectionsSeen = try result.value(0, WordsRow.sectionsColumn) }
            let passages = search.query.withHighlights ? PassageWords(words.reading.words) : nil
            for row in 0..<min(result.rowCount, search.query.limit) {
                found.hits.append(try WordsRow.hit(result, row: row, passages: passages))
            }
        }
        if search.query.minScore != 0 { found.hits.removeAll { $0.score < search.query.minScore } }
        return found
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
}

/// A search with words, as far as it does not depend on who is nominated.
struct WordsSearch: Sendable {
    struct Nearest: Sendable {
        let vector: Vector
        let plan: SearchPlan
        let reach: SearchPlan.Reach
    }

    let query: SearchQuery
    /// One of `SearchStatements.limits`.
    let statementLimit: Int
    /// Profiles that the words are to name.
    let candidateMax: Int
    let contents: SearchCatalog.Contents
    let deadline: ContinuousClock.Instant?
    /// With a vector.
    var nearest: Nearest?

    /// Of a statement.
    struct Found: Sendable {
        let wordCount: Int
        let wantsPhrases: Bool
        let excludes: Bool
        var hits: [Hit] = []
        /// Fewer than asked for, those with too low a score among them.
        var isShort = false
        var sectionsSeen = 0
        /// Whether the index could have named more.
        var nomineesAreCut = false

        /// What the words leave of another completeness.
        func completeness(_ other: Completeness) -> Completeness {
            switch self.wordCount {
            case 0 where self.excludes:
                Completeness(level: .truncated, reason: "the text only excludes: it has no words to search by")
            case 0:
                Completeness(level: .truncated, reason: "the text has no words to search by, only signs")
            case ...SearchWords.termsMax: other
            default:
                Completeness(
                    level: .truncated,
                    reason: "the first \(SearchWords.termsMax) of \(self.wordCount) words were used"
                )
            }
        }
    }

    /// No statement is given more profiles.
    private static let nomineesMost = 20_000
    /// All that was written since may be among those that the index names, and hold less now.
    private static let spareNominees = ProfileWordsStatements.unseenMax

    /// Profiles that the index is to name: with a filter four times as many as are expected to be looked at, where it lets just
    /// more through than are scored without the index.
    var nomineesMax: Int {
        var count = self.candidateMax
        if self.query.filter != nil {
            let few = SearchPlan.exactMatchesMax(liveProfiles: self.contents.liveProfiles)
            count *= 4 * max(1, self.contents.liveProfiles / few)
        }
        return min(count + Self.spareNominees, max(Self.nomineesMost, self.candidateMax))
    }

    func settings(_ nominees: SearchStatements.Nominees) -> [SessionSetting] {
        if let nearest = self.nearest { return nearest.plan.settings(nearest.reach) }
        // However small the tables were when it was planned.
        return nominees == .index ? [SessionSetting("enable_seqscan", "off")] : SearchPlan.exactSettings
    }

    func sql(_ nominees: SearchStatements.Nominees, filter: SQL? = nil) -> SQL {
        guard let nearest = self.nearest else {
            return SearchStatements.text(
                limit: self.statementLimit,
                withPassages: self.query.withHighlights,
                nominees: nominees,
                filter: filter
            )
        }
        return SearchStatements.hybrid(
            space: nearest.plan.space,
            scan: nearest.plan.scan,
            limit: self.statementLimit,
            sections: nearest.reach.sections,
            withPassages: self.query.withHighlights,
            nominees: nominees,
            filter: filter
        )
    }

    func statement(_ nominees: SearchStatements.Nominees, types: [PostgresType]) -> Statement {
        let withPassages = self.query.withHighlights
        let shape: StatementShape
        if let nearest = self.nearest {
            shape = .hybrid(
                nearest.plan.space.table,
                nearest.plan.space.indexPrecision,
                nearest.plan.scan,
                limit: self.statementLimit,
                sections: nearest.reach.sections,
                withPassages: withPassages,
                nominees
            )
        } else {
            shape = .text(limit: self.statementLimit, withPassages: withPassages, nominees)
        }
        return StatementCache.shared.statement(shape, types) { self.sql(nominees) }
    }
}
