internal import FoundationEssentials
internal import LikenessMessages

/// A fusion under way: each of its queries is a search of its own, one after another, so that it takes no more
/// connections than one of them does.
///
/// Where scores count, what a query says of the profiles that only others found is asked for as well, by the same search among
/// those profiles alone. So a profile's score does not depend on who else was found.
struct FusionExecution: Sendable {
    /// What the fusion's queries have in common; its `ask` is the fusion.
    let query: SearchQuery
    let fusion: SearchFusion
    /// Asks one query.
    let search: @Sendable (SearchQuery) async throws(RepositoryError) -> SearchAnswer<[Hit]>

    /// Hits that the queries of one fusion may name together for pages.
    private static let namedMost = 20_000

    /// The best that each query names: the first k are those of any larger limit up to 50, and above for limits of one size.
    private var window: Int { self.window(of: self.query.limit) }

    private func window(of limit: Int) -> Int {
        var most = self.chunk
        if self.query.isForPages {
            let share = Self.namedMost / self.fusion.leaves.count
            most = max(most, min(share, SearchStatements.windows.last ?? most))
        }
        return min(SearchStatements.hybridWindow(limit: limit) + self.query.left.count, most)
    }

    func answer() async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let most = self.query.isForPages ? SearchStatements.windows.last : SearchStatements.limits.last
        guard 1...(most ?? 0) ~= self.query.limit else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        let leaves = self.fusion.leaves
        var answers: [SearchAnswer<[Hit]>] = []
        for (place, leaf) in leaves.enumerated() {
            do throws(RepositoryError) {
                answers.append(try await self.search(self.asking(leaf, at: place, limit: self.window)))
            } catch {
                throw error.inside(query: leaf.path)
            }
        }
        var (scores, profiles) = self.found(answers)
        if self.fusion.scoresLeaves { try await self.complete(&scores, of: leaves, profiles) }
        self.query.recorder?.fused(self.fusion, scores, answers)

        var ranking = SearchFusion.ranked(self.fusion.scores(scores))
        ranking.removeAll { entry in
            entry.score <= 0 || (self.query.minScore != 0 && entry.score < self.query.minScore)
        }
        ranking.removeLast(max(0, ranking.count - self.query.limit))

        var hits = ranking.map { Hit(profile: profiles[$0.id], score: $0.score) }
        let texts = try await self.show(&hits, scores, answers, leaves)
        return SearchAnswer(
            hits: hits,
            completeness: self.completeness(answers, scores, ranking, of: self.query.fullCount),
            rankingCompleteness: self.query.fullCount == self.query.limit
                ? nil : self.completeness(answers, scores, ranking, of: self.query.limit),
            strategy: QueryResponse.strategy(of: self.fusion.method),
            embeddingSpace: answers.first { !$0.embeddingSpace.isEmpty }?.embeddingSpace ?? "",
            texts: texts,
            replaced: answers.flatMap(\.replaced).reduce(into: []) { replaced, word in
                if !replaced.contains(word) { replaced.append(word) }
            }
        )
    }

    /// - Parameter place: Of the leaf among all.
    private func asking(
        _ leaf: SearchFusion.Leaf,
        at place: Int,
        limit: Int,
        among profiles: [String]? = nil
    ) -> SearchQuery {
        var query = self.query
        query.recorder = self.query.recorder?.of(query: place + 1)
        query.ask = leaf.ask
        query.furtherVectors = leaf.furtherVectors
        query.unread = leaf.unread
        query.limit = limit
        // As complete as for the hits that are shown alone.
        query.shownLimit =
            profiles == nil && self.query.fullCount < self.query.limit
            ? min(limit, self.window(of: self.query.fullCount)) : nil
        query.minScore = 0
        query.left = []
        query.withHighlights = false
        if let profiles { query.among = profiles.compactMap(UUID.init(uuidString:)) }
        return query
    }

    /// What the queries found, without the profiles that are left out.
    private func found(
        _ answers: [SearchAnswer<[Hit]>]
    ) -> (SearchFusion.LeafScores, profiles: [String: ProfileSummary]) {
        var profiles: [String: ProfileSummary] = [:]
        let scores = answers.map { answer in
            var scores: [String: SearchFusion.LeafScore] = [:]
            for hit in answer.hits {
                guard let profile = hit.profile, !self.query.left.contains(profile.id) else { continue }
                profiles[profile.id] = profile
                scores[profile.id] = .init(score: hit.score, rank: scores.count + 1)
            }
            return scores
        }
        return (scores, profiles)
    }

    /// Asks each query for those that only others have found.
    private func complete(
        _ scores: inout SearchFusion.LeafScores,
        of leaves: [SearchFusion.Leaf],
        _ profiles: [String: ProfileSummary]
    ) async throws(RepositoryError) {
        for (place, leaf) in leaves.enumerated() {
            let missing = profiles.keys.filter { scores[place][$0] == nil }.sorted()
            // As many at once as a search may answer with.
            for start in stride(from: 0, to: missing.count, by: self.chunk) {
                let some = Array(missing[start..<min(start + self.chunk, missing.count)])
                let answer = try await self.search(self.asking(leaf, at: place, limit: some.count, among: some))
                for hit in answer.hits {
                    guard let id = hit.profile?.id else { continue }
                    scores[place][id] = .init(score: hit.score, rank: nil)
                }
            }
        }
    }

    private var chunk: Int { SearchStatements.limits.last ?? 1 }

    /// Evidence of the queries that found a hit among their best, and the section and passages of the one that adds most.
    ///
    /// - Returns: Which of the texts each hit's passages are of.
    private func show(
        _ hits: inout [Hit],
        _ scores: SearchFusion.LeafScores,
        _ answers: [SearchAnswer<[Hit]>],
        _ leaves: [SearchFusion.Leaf]
    ) async throws(RepositoryError) -> [Int16] {
        var places: [String: Int] = [:]
        for (place, hit) in hits.enumerated() { places[hit.profile?.id ?? ""] = place }
        for (leaf, answer) in answers.enumerated() {
            for found in answer.hits {
                guard let place = places[found.profile?.id ?? ""] else { continue }
                hits[place].evidence += found.evidence.map { evidence in
                    var evidence = evidence
                    evidence.query = Int32(leaf + 1)
                    // Among those that are shown.
                    if found.evidence.count == 1, let rank = scores[leaf][found.profile?.id ?? ""]?.rank {
                        evidence.rank = Int32(rank)
                    }
                    return evidence
                }
            }
        }
        let shares = self.fusion.shares
        var shownBy: [[String]] = leaves.map { _ in [] }
        for id in places.keys.sorted() {
            let parts = leaves.indices.map { shares[$0].part(scores[$0][id]) }
            guard let most = parts.max(), let leaf = parts.firstIndex(of: most) else { continue }
            shownBy[leaf].append(id)
        }
        let textOfLeaf = self.fusion.texts
        var texts = [Int16](repeating: 0, count: hits.count)
        for (leaf, ids) in shownBy.enumerated() where !ids.isEmpty {
            for id in ids { if let place = places[id] { texts[place] = textOfLeaf[leaf] } }
            var asked = self.asking(leaves[leaf], at: leaf, limit: ids.count, among: ids)
            asked.withHighlights = self.query.withHighlights
            for shown in try await self.search(asked).hits {
                guard let place = places[shown.profile?.id ?? ""] else { continue }
                hits[place].section = shown.section
                hits[place].highlights = shown.highlights
            }
        }
        return texts
    }

    // MARK: How complete

    /// The worst of the queries' own, and whether a profile beyond what they named could be among the hits: Fagin's threshold, the
    /// score of one that each query has just behind its last. (Fagin, Lotem and Naor: Optimal aggregation algorithms for middleware,
    /// Journal of Computer and System Sciences 66, 2003.)
    ///
    /// - Parameter most: The first hits that it is about: all of the ranking, or those that are shown.
    private func completeness(
        _ answers: [SearchAnswer<[Hit]>],
        _ scores: SearchFusion.LeafScores,
        _ ranking: [(id: String, score: Double)],
        of most: Int
    ) -> Completeness {
        let isOfAll = most == self.query.limit
        let least = Completeness.least(of: answers.map { isOfAll ? $0.completenessOfRanking : $0.completeness })
        guard least.level == .exact else { return least }
        let isFull = answers.map { $0.hits.count >= self.window }
        guard isFull.contains(true) else { return Completeness(level: .exact) }
        if !self.fusion.ranks {
            let behind = zip(answers, isFull).map { answer, isFull in
                ["": SearchFusion.LeafScore(score: isFull ? answer.hits.last?.score ?? 0 : 0, rank: nil)]
            }
            let threshold = self.fusion.scores(behind)[""] ?? 0
            if most > 0, ranking.count >= most, ranking[most - 1].score > threshold {
                return Completeness(level: .exact)
            }
            if self.query.minScore > threshold { return Completeness(level: .exact) }
        }
        return Completeness(
            level: .approximate,
            reason: "the \(self.window) best of each query were considered"
        )
    }
}
