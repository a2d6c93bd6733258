internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// The rankings: by vector, and by words with or without one. Each is one statement and one round trip.
extension SearchExecution {
    // MARK: By vector

    /// - Returns: Those who are certainly the nearest, best first.
    func nearest(to vector: Vector, _ nearest: SearchAttempt.Nearest) async throws(RepositoryError) -> Found {
        let reach = nearest.reach
        let rows = try await self.rows(
            .vector(
                nearest.plan.space.table,
                nearest.plan.space.indexPrecision,
                nearest.plan.scan,
                limit: self.limit,
                described: self.described,
                sections: reach.sections,
                withPassages: self.query.withHighlights
            ),
            Parameters(vector),
            settings: nearest.plan.settings(reach)
        ) { scope in
            SearchStatements.vector(
                space: nearest.plan.space,
                scan: nearest.plan.scan,
                limit: self.limit,
                described: self.described,
                sections: reach.sections,
                withPassages: self.query.withHighlights,
                scope: scope
            )
        }
        return try readRows { () throws(DatabaseError) in
            var packer = VectorRowPacker(relevance: self.query.relevance.table)
            var profiles: [UUID]? = self.query.describedLimit == nil ? nil : []
            guard rows.hits.rowCount > 0 else {
                return Found(
                    hits: .packed(PackedHits(bytes: packer.bytes)),
                    profiles: profiles,
                    outcome: .init(isShort: true)
                )
            }
            try rows.hits.requireTypes(VectorRowPacker.columns)
            let horizon = try VectorRowPacker.horizon(rows.hits)
            var count = min(rows.hits.rowCount, self.query.limit)
            let hasMore =
                horizon.sections >= reach.sections
                ? nearest.plan.next(after: reach, seeing: horizon.sections) != nil
                : nearest.plan.goingOn(after: reach, seeing: horizon.sections) != nil
            if nearest.plan.scan == .approximate, hasMore {
                // Of sections as near as the last one seen some may be missing, and their order with them.
                while count > 0, try VectorRowPacker.similarity(rows.hits, row: count - 1) <= horizon.similarity {
                    count -= 1
                }
            }
            let minScore = self.query.minScore
            for row in 0..<count {
                // The rest scores less still.
                if minScore != 0, try VectorRowPacker.similarity(rows.hits, row: row) < minScore { break }
                try profiles?.append(rows.hits.value(row, HitColumn.id.rawValue))
                guard row < self.query.describedLimit ?? count else { continue }
                try packer.add(rows.hits, row: row, rank: row + 1, withPassages: self.query.withHighlights)
            }
            return Found(
                hits: .packed(PackedHits(bytes: packer.bytes)),
                profiles: profiles,
                outcome: .init(
                    isShort: count < self.query.limit,
                    lacksShown: count < self.query.fullCount,
                    examined: horizon.sections
                )
            )
        }
    }

    // MARK: By words

    /// The index of words names the profiles that can be among the first, the statement shows those of them that it may. What few
    /// profiles pass (a narrow scope, a phrase) is scored in full by the statement, without the index.
    ///
    /// - Parameter vector: That of a hybrid search.
    func holding(
        _ reading: SearchWords.Reading,
        _ attempt: SearchAttempt,
        vector: Vector?
    ) async throws(RepositoryError) -> Found {
        var watch = self.reads.recorder?.watch(.words)
        var version = try await self.version(for: reading)
        var spare = self.memory.spareNominees
        while true {
            let asked =
                if let shared = self.query.sharedWords {
                    await shared.words(in: version)
                } else {
                    await Self.words(reading, in: version.index)
                }
            watch?.stop()
            self.reads.recorder?.asks(asked, in: version.index)
            let found = try await self.holding(asked, attempt, vector: vector, version, spare: spare)
            if let found { return found }
            self.reads.recorder?.looksFurther("more was written than the index of words had seen: asked again")
            watch = self.reads.recorder?.watch(.words)
            if spare == ProfileWordsStatements.unseenMax {
                version = try await self.words.renewed(deadline: self.reads.deadline)
            }
            spare = ProfileWordsStatements.unseenMax
        }
    }

    /// The index of words as it is; where words are guessed by it, with all that a token names.
    func version(for reading: SearchWords.Reading) async throws(RepositoryError) -> ProfileWords.Version {
        let version = try await self.words.version(deadline: self.reads.deadline)
        guard self.query.consistencyToken != nil, reading.isGuessed(in: version.index) else { return version }
        return try await self.words.renewed(deadline: self.reads.deadline)
    }

    /// - Parameter spare: How many more profiles the index names than are needed.
    /// - Returns: `nil` when more than that was written since the index was brought up to date: all of it may be among those that the
    ///   index names, and hold less now.
    private func holding(
        _ words: SearchWords,
        _ attempt: SearchAttempt,
        vector: Vector?,
        _ version: ProfileWords.Version,
        spare: Int
    ) async throws(RepositoryError) -> Found? {
        let query = words.reading.query
        var outcome = SearchAttempt.Outcome(isShort: true, wantsPhrases: !query.required.isEmpty)
        let nominees: SearchStatements.Nominees =
            attempt.scoresAll || outcome.wantsPhrases ? .passing(withPhrases: outcome.wantsPhrases) : .index
        var parameters = words.parameters
        if nominees == .index {
            let most = self.nomineesMax(attempt, spare: spare)
            let watch = self.reads.recorder?.watch(.nominate)
            let best =
                if let shared = self.query.sharedWords {
                    await shared.best(words, in: version, count: most)
                } else {
                    await Self.best(words, in: version.index, count: most)
                }
            watch?.stop()
            outcome.nomineesAreCut = best.count == most
            parameters.append(best.map(\.profile.uuid))
            parameters.append(best.map { Double($0.weight) })
            parameters.append(version.snapshot)
            outcome.nominees = best.count
        }
        if let vector { parameters.append(vector) }
        let rows = try await self.rows(
            self.shape(nominees, attempt),
            parameters,
            settings: self.settings(nominees, attempt),
            snapshot: nominees == .index ? version.snapshot : nil
        ) { scope in self.statement(nominees, attempt, scope) }
        if nominees == .index {
            self.memory.saw(unseen: rows.unseen)
            if rows.unseen > spare {
                self.reads.recorder?.ranked(by: attempt, outcome, scope: self.scope)
                return nil
            }
            if rows.unseen > ProfileWordsStatements.unseenMax / 10 { self.words.renew() }
        }
        var hits: [Hit] = []
        var profiles: [UUID]? = self.query.describedLimit == nil ? nil : []
        try readRows { () throws(DatabaseError) in
            outcome.isShort = rows.hits.rowCount < self.query.limit
            outcome.lacksShown = rows.hits.rowCount < self.query.fullCount
            if vector != nil {
                outcome.examined = try HitRow.examined(rows.hits)
                outcome.wantsSections = true
                outcome.candidates = try HitRow.candidates(rows.hits)
                // As many as the largest limit wants that has the same window.
                outcome.lacksCandidates = !outcome.wantsPhrases && outcome.candidates < max(self.limit, 100)
            }
            let passages = self.query.withHighlights ? PassageWords(words.reading.words) : nil
            for row in 0..<min(rows.hits.rowCount, self.query.limit) {
                if profiles != nil {
                    // The rest scores less still.
                    let score = try rows.hits.float8(row, HitColumn.score.rawValue)
                    if self.query.minScore != 0, score < self.query.minScore { break }
                    try profiles?.append(rows.hits.value(row, HitColumn.id.rawValue))
                }
                guard row < self.query.describedLimit ?? .max else { continue }
                hits.append(
                    try HitRow.hit(rows.hits, row: row, only: vector == nil ? .text : nil, passages: passages)
                )
                if vector != nil, let recorder = self.reads.recorder {
                    recorder.saw(try HitRow.score(rows.hits, row: row, of: hits[row], self.query.kinds))
                }
            }
        }
        if self.query.minScore != 0 { hits.removeAll { $0.score < self.query.minScore } }
        return Found(hits: .values(hits), profiles: profiles, replaced: words.replaced, outcome: outcome)
    }

    private func statement(
        _ nominees: SearchStatements.Nominees,
        _ attempt: SearchAttempt,
        _ scope: ScopeSQL
    ) -> SQL {
        guard let nearest = attempt.nearest else {
            return SearchStatements.text(
                limit: self.limit,
                withPassages: self.query.withHighlights,
                withSections: self.query.withSections,
                nominees: nominees,
                scope: scope
            )
        }
        return SearchStatements.hybrid(
            space: nearest.plan.space,
            scan: nearest.plan.scan,
            limit: self.limit,
            described: self.described,
            sections: nearest.reach.sections,
            withPassages: self.query.withHighlights,
            nominees: nominees,
            kinds: self.query.kinds,
            scope: scope
        )
    }

    private func shape(_ nominees: SearchStatements.Nominees, _ attempt: SearchAttempt) -> StatementShape {
        let withPassages = self.query.withHighlights
        guard let nearest = attempt.nearest else {
            let withSections = self.query.withSections
            return .text(limit: self.limit, withPassages: withPassages, withSections: withSections, nominees)
        }
        return .hybrid(
            nearest.plan.space.table,
            nearest.plan.space.indexPrecision,
            nearest.plan.scan,
            limit: self.limit,
            described: self.described,
            sections: nearest.reach.sections,
            withPassages: withPassages,
            nominees,
            self.query.kinds
        )
    }

    private func settings(_ nominees: SearchStatements.Nominees, _ attempt: SearchAttempt) -> [SessionSetting] {
        if let nearest = attempt.nearest { return nearest.plan.settings(nearest.reach) }
        // However small the tables were when it was planned.
        return nominees == .index ? [SessionSetting("enable_seqscan", "off")] : .readingAll
    }

    /// No statement is given more profiles.
    static let nomineesMost = 20_000

    /// Profiles that the index is to name: with a filter four times as many as are expected to be looked at, where it lets just
    /// more through than are scored without the index.
    func nomineesMax(_ attempt: SearchAttempt, spare: Int = 0) -> Int {
        let candidates = attempt.nearest == nil ? self.limit : SearchStatements.hybridWindow(limit: self.limit)
        var count = candidates
        if !self.scope.isWhole {
            let few = SearchPlan.exactMatchesMax(liveProfiles: self.contents.liveProfiles)
            count *= 4 * max(1, self.contents.liveProfiles / few)
        }
        return min(count, max(Self.nomineesMost, candidates)) + spare
    }

    // Off the event loop that the caller may be on.

    static func words(_ reading: SearchWords.Reading, in index: WordIndex) async -> SearchWords {
        await withTaskExecutorPreference(globalConcurrentExecutor) { SearchWords(reading, index: index) }
    }

    static func best(_ words: SearchWords, in index: WordIndex, count: Int) async -> [WordIndex.Found] {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            index.best(words.terms, without: words.reading.excludedWords, count: count)
        }
    }

    // MARK: Statements

    /// What a ranking's statement gave.
    struct Rows: ~Copyable {
        let hits: QueryResult
        /// Profiles that were written since a snapshot; 0 without one.
        var unseen = 0
    }

    /// Runs a ranking's statement: prepared once for all searches of its shape, or made for a filter, which has any shape and is
    /// planned with the values at hand.
    ///
    /// - Parameters:
    ///   - snapshot: What was written since it is counted, behind the ranking, so that it counts no fewer than that met.
    ///   - text: The statement for a scope.
    func rows(
        _ shape: StatementShape,
        _ parameters: Parameters,
        settings: [SessionSetting],
        snapshot: String? = nil,
        _ text: (ScopeSQL) -> SQL
    ) async throws(RepositoryError) -> Rows {
        let isFiltered = !self.scope.isWhole
        let watch = self.reads.recorder?.watch(.rank)
        var parameters = parameters
        var batch = Batch()
        let statement: Statement
        if isFiltered {
            let scope = try self.scope.sql(&parameters)
            statement = batch.addFiltered(shape.label, text(scope), parameters, deadline: self.reads.deadline)
        } else {
            statement = self.reads.database.statements.statement(shape, parameters.types) { text(.live) }
            guard snapshot != nil else {
                let hits = try await self.reads.query(statement, parameters, settings: settings)
                watch?.ran(self.ask.name, statement, parameters, settings: settings, rows: hits.rowCount)
                return Rows(hits: hits)
            }
            batch.add(statement, parameters)
        }
        if let snapshot { batch.add(ProfileWordsStatements.unseenCount, Parameters(snapshot)) }
        var results = try await self.reads.run(batch, settings: settings)
        if isFiltered { _ = results.next() }
        let hits = results.next()
        watch?.ran(self.ask.name, statement, parameters, settings: settings, rows: hits.rowCount)
        guard snapshot != nil else { return Rows(hits: hits) }
        let counted = results.next()
        return Rows(hits: hits, unseen: try readRows { () throws(DatabaseError) in try counted.value(0, 0) })
    }
}
