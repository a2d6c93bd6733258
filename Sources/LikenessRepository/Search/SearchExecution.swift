internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// One query under way: request → scope → ranking → hits.
///
/// How far it looks, when it looks further and how complete its answer is are decided here for every kind of search; what a ranking
/// does is one statement.
struct SearchExecution: Sendable {
    let query: SearchQuery
    let ask: Ask
    let scope: SearchScope
    let reads: Reads
    let words: ProfileWords
    let memory: SearchMemory
    let contents: SearchCatalog.Contents
    /// Hits that the statement is made for: one of `SearchStatements.limits`.
    let limit: Int

    /// Hits that the statement describes: the smallest of `SearchStatements.describedLimits` that holds those wanted; `nil` for all.
    var described: Int? {
        guard let most = self.query.describedLimit else { return nil }
        return SearchStatements.describedLimits.first { $0 >= most && $0 < self.limit }
    }

    /// What is asked for, checked and read.
    enum Ask: Sendable {
        case vector(Vector, SearchPlan)
        case text(SearchWords.Reading)
        case hybrid(SearchWords.Reading, Vector, SearchPlan)
    }

    /// What an attempt found.
    struct Found: Sendable {
        var hits: SearchRepository.FoundHits
        /// As `SearchAnswer` has them.
        var profiles: [UUID]?
        var replaced: [ReplacedWord] = []
        var outcome: SearchAttempt.Outcome
    }

    func answer() async throws(RepositoryError) -> SearchAnswer<SearchRepository.FoundHits> {
        var attempt = try await self.firstAttempt()
        while true {
            let found = try await self.find(attempt)
            self.reads.recorder?.ranked(by: attempt, found.outcome, scope: self.scope)
            if let next = attempt.next(
                after: found.outcome,
                isWhole: self.scope.isWhole,
                precision: self.query.precision
            ) {
                self.reads.recorder?.looksFurther(attempt.reason(for: next, after: found.outcome))
                attempt = next
                continue
            }
            if case .vector = self.ask, let nearest = attempt.nearest, self.scope.isWhole {
                self.memory.sufficed(nearest.reach, nearest.plan, limit: self.limit)
            }
            let showsAll = self.query.fullCount == self.query.limit
            return SearchAnswer(
                hits: found.hits,
                completeness: self.completeness(attempt, found.outcome, isShort: found.outcome.lacksShown),
                rankingCompleteness: showsAll
                    ? nil : self.completeness(attempt, found.outcome, isShort: found.outcome.isShort),
                strategy: self.strategy(attempt),
                embeddingSpace: attempt.nearest?.plan.space.name ?? "",
                profiles: found.profiles,
                replaced: found.replaced
            )
        }
    }

    // MARK: How

    private func firstAttempt() async throws(RepositoryError) -> SearchAttempt {
        let isExact = self.query.precision == .exact
        switch self.ask {
        case .text:
            // EXACT is the plain formula over all within the scope, for callers that check the index.
            let isNarrow = isExact ? true : try await self.isNarrow()
            return SearchAttempt(nearest: nil, scoresAll: isNarrow)
        case .vector(_, let plan):
            let (chosen, _) = try await self.narrowed(plan)
            let exactSections = chosen.reach(limit: self.limit, multiple: SearchPlan.exactMultiple).sections
            var reach = self.memory.firstReach(chosen, limit: self.limit)
            // All of them are wanted, and all of their sections compared.
            if self.scope.among != nil { reach.sections = exactSections }
            return SearchAttempt(
                nearest: .init(plan: chosen, reach: reach, exactSections: exactSections),
                scoresAll: false
            )
        case .hybrid(_, _, let plan):
            let (chosen, passing) = try await self.narrowed(plan)
            let isWhole = self.scope.isWhole
            return SearchAttempt(
                nearest: .init(
                    plan: chosen,
                    reach: chosen.hybridReach(limit: self.limit, isWhole: isWhole),
                    exactSections: chosen.with(.exact).hybridReach(limit: self.limit, isWhole: isWhole).sections
                ),
                scoresAll: isExact || (!self.scope.isWhole && chosen.scan == .exact && self.isFew(passing))
            )
        }
    }

    /// The plan for the scope, and how many are within, where that was counted.
    private func narrowed(_ plan: SearchPlan) async throws(RepositoryError) -> (SearchPlan, passing: Int?) {
        guard plan.scan == .approximate else { return (plan, nil) }
        let breadth = try await self.breadth(upTo: SearchPlan.comparedMax(liveProfiles: self.contents.liveProfiles))
        return (breadth.passing == nil ? plan.within(share: breadth.share) : plan.with(.exact), breadth.passing)
    }

    private func isFew(_ passing: Int?) -> Bool {
        passing.map { $0 <= SearchPlan.exactMatchesMax(liveProfiles: self.contents.liveProfiles) } ?? true
    }

    /// Whether so few profiles are within the scope that scoring all of them costs less than asking the index of words.
    func isNarrow() async throws(RepositoryError) -> Bool {
        try await self.breadth(upTo: SearchPlan.exactMatchesMax(liveProfiles: self.contents.liveProfiles)).passing
            != nil
    }

    private func breadth(upTo most: Int) async throws(RepositoryError) -> ScopeBreadths.Breadth {
        // Among few an index has nothing to find.
        if let among = self.scope.among { return .init(passing: among.count) }
        guard let filter = self.scope.filter else { return .init(share: 1) }
        guard self.query.precision != .approximate else { return .init() }
        // What is explained shows all that a search does when it is the first.
        if self.reads.recorder == nil, let known = self.contents.breadths.breadth(of: filter, upTo: most) {
            return known
        }
        let breadth = try await self.measured(upTo: most)
        self.contents.breadths.keep(breadth, of: filter, upTo: most)
        return breadth
    }

    private func measured(upTo most: Int) async throws(RepositoryError) -> ScopeBreadths.Breadth {
        let live = self.contents.liveProfiles
        var breadth = ScopeBreadths.Breadth()
        if live >= SearchPlan.sampleFrom {
            let percent = 100 * Double(SearchPlan.sampleSize(liveProfiles: live)) / Double(live)
            let counts = try await self.counts(.filterSample, Parameters(percent), SearchStatements.sample)
            let (sampled, passing) = (counts[0], counts[1])
            breadth.share = max(Double(passing) / Double(max(1, sampled)), Double(most) / Double(live))
            if SearchPlan.isWide(sampled: sampled, passing: passing, most: most, liveProfiles: live) { return breadth }
        }
        let passing = try await self.counts(.filterCount, Parameters()) {
            SearchStatements.matching($0, limit: most + 1)
        }[0]
        if passing <= most { breadth.passing = passing }
        return breadth
    }

    /// The numbers in the one row of a statement about the scope.
    private func counts(
        _ name: RecordedStatement.Name,
        _ parameters: Parameters,
        _ statement: (ScopeSQL) -> SQL
    ) async throws(RepositoryError) -> [Int] {
        var parameters = parameters
        let scope = try self.scope.sql(&parameters)
        var batch = Batch()
        let counting = batch.addFiltered(
            "search_\(name.rawValue)",
            statement(scope),
            parameters,
            deadline: self.reads.deadline
        )
        let watch = self.reads.recorder?.watch(.filter)
        var results = try await self.reads.run(batch, settings: .readingAll)
        _ = results.next()
        let result = results.next()
        watch?.ran(name, counting, parameters, settings: .readingAll, rows: result.rowCount)
        return try readRows { () throws(DatabaseError) in
            var counts: [Int] = []
            for column in 0..<result.columnCount { counts.append(try result.value(0, column)) }
            return counts
        }
    }

    private func find(_ attempt: SearchAttempt) async throws(RepositoryError) -> Found {
        switch (self.ask, attempt.nearest) {
        case (.vector(let vector, _), let nearest?): try await self.nearest(to: vector, nearest)
        case (.text(let reading), _): try await self.holding(reading, attempt, vector: nil)
        case (.hybrid(let reading, let vector, _), _): try await self.holding(reading, attempt, vector: vector)
        case (.vector, nil): preconditionFailure("a vector is compared with something")
        }
    }

    // MARK: What of it

    private func strategy(_ attempt: SearchAttempt) -> String {
        let scan = attempt.nearest?.plan.strategy ?? ""
        return switch self.ask {
        case .vector: "vector_" + scan
        case .text: "text"
        case .hybrid: "hybrid_" + scan
        }
    }

    /// - Parameter isShort: Fewer hits than it is to be about.
    private func completeness(
        _ attempt: SearchAttempt,
        _ outcome: SearchAttempt.Outcome,
        isShort: Bool
    ) -> Completeness {
        switch self.ask {
        case .vector:
            return attempt.nearest.map {
                $0.plan.completeness($0.reach, seeing: outcome.examined, isShort: isShort)
            } ?? Completeness(level: .exact)
        case .text(let reading):
            let isTruncated = isShort && outcome.nomineesAreCut
            return reading.completeness(
                isTruncated
                    ? Completeness(
                        level: .truncated,
                        reason:
                            "only the \(self.nomineesMax(attempt)) profiles with the most of the words were looked at"
                    ) : Completeness(level: .exact)
            )
        case .hybrid(let reading, _, let plan):
            guard let nearest = attempt.nearest else { return reading.completeness(Completeness(level: .exact)) }
            // Both rankings end at a window: beyond it a profile that is fair in both may be missing. Where the vector was compared with
            // all sections within the scope none is but those that have no section, and less of the words than a window of others.
            var completeness = nearest.plan.completeness(
                nearest.reach,
                // Few have the phrases, however many sections the vector names.
                seeing: outcome.wantsPhrases ? nil : outcome.examined,
                isShort: isShort
            )
            let most = SearchStatements.hybridNearest(limit: self.limit, nearest.plan.scan)
            let hasSeenAll =
                (plan.embeddingCount <= nearest.reach.sections || outcome.examined < nearest.reach.sections)
                && outcome.candidates < most
            // Phrases that are excluded may have left few of those whom the index of words named.
            let lacksWords = isShort && outcome.nomineesAreCut && !attempt.scoresAll
            if completeness.level == .exact, !hasSeenAll || lacksWords {
                let window = SearchStatements.hybridWindow(limit: self.limit)
                completeness = Completeness(
                    level: .approximate,
                    reason: "the \(most) nearest profiles and the \(window) best by words were considered"
                )
            }
            return reading.completeness(completeness)
        }
    }
}

extension SearchWords.Reading {
    /// What the words leave of another completeness.
    func completeness(_ other: Completeness) -> Completeness {
        switch self.wordCount {
        case 0 where !self.query.excluded.isEmpty:
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
