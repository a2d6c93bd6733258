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
        let windows = SectionRanking.windows(limit: query.limit, query.sectionBound)
        guard let last = windows.last else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        var (query, profiles) = (query, query)
        // What a section scores decides.
        (profiles.groupBy, profiles.minScore, profiles.kinds) = (.profile, 0, .one)
        // All of theirs are scored.
        profiles.withSections = false
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        let scoring = SectionScores(repository: self, view: query.view, reads: reads)
        var scores = SectionScores.Leaves(by: query)
        var scored: Set<UUID> = []
        for window in windows {
            var answer = try await self.ranked(profiles, window: window, deadline: deadline)
            // All windows are of one space, and so are their sections, whichever becomes the active one meanwhile.
            if !answer.embeddingSpace.isEmpty {
                (query.embeddingSpace, profiles.embeddingSpace) = (answer.embeddingSpace, answer.embeddingSpace)
            }
            let ids = answer.hits.compactMap { $0.profile.flatMap { UUID(text: $0.id) } }
            let count = try await self.countOfScored(ids, scoring)
            let isCut = count < ids.count
            let best = Array(answer.hits.prefix(count))
            let areAll = !isCut && ids.count < window
            let wanted = Set(ids.prefix(count))
            // Somebody was written meanwhile and is no longer among the first.
            if !scored.isSubset(of: wanted) { (scores, scored) = (SectionScores.Leaves(by: query), []) }
            try await scoring.add(ids.prefix(count).filter { !scored.contains($0) }, by: query, to: &scores)
            scored = wanted
            let known = scores
            // Off the event loop that the caller may be on.
            let ranking = await withTaskExecutorPreference(globalConcurrentExecutor) {
                SectionRanking(query, profiles: best, areAll: areAll, scores: known)
            }
            guard ranking.isWhole || isCut || !answer.isOfAll(by: query.ask) || window == last else {
                query.recorder?.looksFurther("sections of profiles behind the best \(window) may be among the hits")
                continue
            }
            query.recorder?.found(ranking, by: query)
            if isCut, !ranking.isWhole || answer.completeness.level == .approximate {
                answer = answer.lacking(
                    "the sections of the \(count) best profiles were considered: those of more are above \(self.sectionsMax)"
                )
            } else if !ranking.isWhole, answer.completeness.level == .exact {
                answer.completeness = Completeness(
                    level: .approximate,
                    reason: "the sections of the \(window) best profiles were considered"
                )
            }
            return try await self.shown(ranking, answer, of: query, deadline: deadline)
        }
        preconditionFailure("the last window ends the search")
    }

    /// How many of the profiles have their sections scored, one at least: what they have together is bounded.
    private func countOfScored(_ profiles: [UUID], _ scoring: SectionScores) async throws(RepositoryError) -> Int {
        guard profiles.count > self.sectionsMax / SectionRanking.sectionsOfProfileMax else { return profiles.count }
        return max(1, try await scoring.count(of: profiles, within: self.sectionsMax))
    }

    /// The sections as they are now. Those that were deleted or hidden since they were ranked are left out; others may have come in their
    /// place, so that an answer which was full is not all that there is.
    func shown(
        _ ranking: SectionRanking,
        _ profiles: SearchAnswer<[Hit]>,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        var answer = profiles.with(ranking.hits)
        answer.texts = ranking.texts
        var hits = try await self.shown(answer, of: query, deadline: deadline)
        hits.removeAll { $0.section == nil }
        hits = try await self.withoutDeletedExperiences(hits, of: query, deadline: deadline)
        let gone = ranking.hits.count - hits.count
        guard gone > 0, ranking.hits.count == query.limit else { return answer.with(hits) }
        return answer.with(hits).lacking("\(gone) of the sections were deleted or hidden while they were searched for")
    }

    /// Without a view a section is shown by the profile that it was of.
    private func withoutDeletedExperiences(
        _ hits: [Hit],
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Hit] {
        // Nearly all have a title.
        let untitled = hits.compactMap { hit in
            hit.section.flatMap { $0.kind == .experience && $0.title.isEmpty ? $0.id : nil }
        }
        guard query.view == nil, !untitled.isEmpty else { return hits }
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline)
        let titles = try await self.titles(ofExperiences: Set(untitled), reads)
        let deleted = Set(untitled).subtracting(titles.keys)
        return hits.filter { !deleted.contains($0.section?.id ?? "") }
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
