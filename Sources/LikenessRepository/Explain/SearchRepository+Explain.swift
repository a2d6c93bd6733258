internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Which plans of PostgreSQL's an explanation has.
package enum ExplainedPlans: Sendable {
    case none, planned, analyzed
}

/// Searches that say how their answers came about: `docs/search.md`, "Why a hit is where it is".
extension SearchRepository {
    /// Answers one query with what it did.
    ///
    /// - Parameters:
    ///   - facets: Counted as ``packedSearch(_:counting:deadline:)`` does.
    ///   - recorder: Has what was noted before the search; more is noted in it.
    /// - Returns: All but the total time.
    /// - Throws: What ``search(_:deadline:)`` does.
    package func explain(
        _ query: SearchQuery,
        counting facets: FacetRequest? = nil,
        plans: ExplainedPlans,
        recorder: SearchRecorder,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> ExplainQueryResponse {
        var query = query
        query.recorder = recorder
        let (answer, counted) = try await self.answer(query, counting: facets, recorder, deadline: deadline)
        let explanation = SearchExplanation(query: query, answer: answer, record: recorder.record.current)
        var response = ExplainQueryResponse(
            strategy: answer.strategy,
            completeness: answer.completeness,
            embeddingSpace: answer.embeddingSpace,
            queries: explanation.queries,
            hitCount: Int32(clamping: answer.hits.count),
            facets: counted,
            minScore: query.minScore,
            relevanceTable: query.relevance.table?.name ?? ""
        )
        let watch = recorder.watch(.explain)
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline)
        response.hits = explanation.hits(try await self.foundWords(explanation, reads))
        watch.stop()
        response.statements = try await self.explained(
            explanation.record.statements,
            plans,
            recorder,
            deadline: deadline
        )
        let times = recorder.record.current.stages
        // In one order: which stage began first may depend on what is known already.
        response.stages = SearchStage.allCases.compactMap { stage in
            times[stage].map { ExplainedStage(name: stage.rawValue, time: ProtobufDuration($0)) }
        }
        return response
    }

    /// The hits as the search finds them: where some of its ranking are counted, it is made for as many.
    private func answer(
        _ query: SearchQuery,
        counting facets: FacetRequest?,
        _ recorder: SearchRecorder,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (SearchAnswer<[Hit]>, [ExplainedFacets]) {
        if let facets, let ranking = try await self.countedRanking(query, counting: facets, deadline: deadline) {
            let counted = try await self.explained(facets, of: query, ranking.set, recorder, deadline: deadline)
            return (try await self.shown(ranking.hits, of: query, deadline: deadline), counted)
        }
        let answer =
            if query.groupBy == .section {
                try await self.sections(query, deadline: deadline)
            } else if let refinement = query.refinement {
                try await self.refined(query, refinement, deadline: deadline)
            } else {
                try await self.search(query, deadline: deadline)
            }
        guard let facets else { return (answer, []) }
        return (answer, try await self.explained(facets, of: query, nil, recorder, deadline: deadline))
    }

    /// Counts facets. What that does besides is no part of the search, and is noted by its time alone.
    private func explained(
        _ request: FacetRequest,
        of query: SearchQuery,
        _ set: FacetSet?,
        _ recorder: SearchRecorder,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ExplainedFacets] {
        var asked = query
        let counting = SearchRecorder()
        asked.recorder = counting
        let window = request.window(of: query)
        let groups = try await self.counted(request, of: asked, set, window: window, deadline: deadline)
        for stage in [SearchStage.facets, .connection] { recorder.add(counting.record.time(of: stage), to: stage) }
        return groups.map { group in
            ExplainedFacets(
                facets: group.facets,
                counted: group.isOfHits ? "hits" : "matches",
                window: group.isOfHits ? Int32(clamping: window) : 0,
                withoutOwnFilter: group.group.filter?.expression != query.filter?.expression,
                sampleSize: Int32(clamping: group.set.profiles.count),
                profilesEach: group.set.share,
                time: ProtobufDuration(group.time)
            )
        }
    }

    /// Which of the words the hits have, by the place of their set.
    private func foundWords(
        _ explanation: SearchExplanation,
        _ reads: Reads
    ) async throws(RepositoryError) -> [[String: FoundWords]] {
        let profiles = Set(explanation.shown.compactMap(\.profile?.id)).sorted().compactMap { UUID(text: $0) }
        let asked = explanation.askedSections
        var found: [[String: FoundWords]] = []
        for set in explanation.record.wordSets {
            guard !profiles.isEmpty, !set.words.isEmpty else {
                found.append([:])
                continue
            }
            found.append(
                try await FoundWords.read(
                    set,
                    of: profiles,
                    reads,
                    weights: explanation.query.view?.weights ?? .equal,
                    asked: asked
                ) { explanation.named($0, of: $1) }
            )
        }
        return found
    }

    // MARK: Statements

    /// Plans are made of so many statements, those that took longest.
    private static let plansMax = 20
    private static let plansTimeMax = Duration.seconds(30)

    private func explained(
        _ statements: [RecordedStatement],
        _ plans: ExplainedPlans,
        _ recorder: SearchRecorder,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ExplainedStatement] {
        var explained = statements.map(\.explained)
        guard plans != .none else { return explained }
        let watch = recorder.watch(.plans)
        let time = deadline.map { ContinuousClock.now.duration(to: $0) / 2 } ?? Self.plansTimeMax
        let planner = StatementPlans(
            database: self.database,
            deadline: .now + min(time, Self.plansTimeMax),
            analyzes: plans == .analyzed
        )
        let longest = statements.indices.sorted { statements[$0].time > statements[$1].time }
        for place in longest.dropFirst(Self.plansMax) {
            explained[place].planMissingReason = "the \(Self.plansMax) statements that took longest have plans"
        }
        for place in longest.prefix(Self.plansMax) {
            let ran = statements[place]
            switch try await planner.plan(of: ran.statement, ran.parameters, settings: ran.settings) {
            case .made(let text): explained[place].plan = text
            case .missing(let reason): explained[place].planMissingReason = reason
            }
        }
        watch.stop()
        return explained
    }
}

extension RecordedStatement {
    /// As a caller gets it.
    fileprivate var explained: ExplainedStatement {
        var message = self.message
        message.time = ProtobufDuration(self.time)
        message.settings = self.settings.map { ExplainedSetting(name: $0.name, value: $0.value) }
        return message
    }
}
