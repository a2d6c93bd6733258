internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Hits that are sections: profiles are ranked as ever, and the best of their sections are shown.
extension SearchRepository {
    /// The first sections, as they are shown.
    func sections(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        guard !query.minScore.isNaN else { throw .invalidField(path: "min_score", reason: "is not a number") }
        let windows = SectionRanking.windows.filter { $0 >= query.limit }
        guard query.limit >= 1, let last = windows.last else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        var profiles = query
        // What a section scores decides.
        (profiles.groupBy, profiles.minScore) = (.profile, 0)
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        for window in windows {
            let answer = try await self.ranked(profiles, window: window, deadline: deadline)
            let ids = answer.hits.compactMap { $0.profile.flatMap { UUID(uuidString: $0.id) } }
            let scores = try await SectionScores(repository: self, view: query.view, reads: reads).all(
                of: ids,
                by: query
            )
            // Off the event loop that the caller may be on.
            let ranking = await withTaskExecutorPreference(globalConcurrentExecutor) {
                SectionRanking(query, profiles: answer.hits, window: window, scores: scores)
            }
            guard ranking.isWhole || !answer.isOfAll(by: query.ask) || window == last else {
                query.recorder?.looksFurther("sections of profiles behind the best \(window) may be among the hits")
                continue
            }
            query.recorder?.found(ranking, by: query)
            return try await self.shown(ranking, answer, window: window, of: query, deadline: deadline)
        }
        preconditionFailure("the last window ends the search")
    }

    private func shown(
        _ ranking: SectionRanking,
        _ profiles: SearchAnswer<[Hit]>,
        window: Int,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        var answer = profiles.with(ranking.hits)
        answer.texts = ranking.texts
        if !ranking.isWhole, answer.completeness.level == .exact {
            answer.completeness = Completeness(
                level: .approximate,
                reason: "the sections of the \(window) best profiles were considered"
            )
        }
        var hits = try await self.shown(answer, of: query, deadline: deadline)
        // Hidden since they were ranked.
        hits.removeAll { $0.section == nil }
        return answer.with(hits)
    }
}

extension SearchAnswer {
    /// Whether its first are the first of all profiles, so that more of them say something of the rest. An answer by words is TRUNCATED for words
    /// that were not read, and still in order.
    fileprivate func isOfAll(by ask: SearchQuery.Ask) -> Bool {
        if case .text = ask { return self.completeness.level != .approximate }
        return self.completeness.level == .exact
    }
}
