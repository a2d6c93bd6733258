internal import LikenessMessages

/// What one search has noted, put together with its answer.
struct SearchExplanation: Sendable {
    let query: SearchQuery
    let answer: SearchAnswer<[Hit]>
    let record: SearchRecord.State

    /// More hits are not explained, and fewer where many words were looked for.
    static let hitsMax = 100
    private static let wordMatchesMax = 20_000

    /// The hits that are explained.
    var shown: ArraySlice<Hit> {
        let words = self.queries.reduce(1) { $0 + $1.words.count }
        return self.answer.hits.prefix(min(Self.hitsMax, Self.wordMatchesMax / words))
    }

    /// Sections that the hits that are explained show, or whose scores are explained.
    var askedSections: Set<SearchRecord.SectionKey> {
        var asked: Set<SearchRecord.SectionKey> = []
        let count = self.queries.count
        for hit in self.shown {
            let key = SearchRecord.key(of: hit, self.query.groupBy)
            let scores = (1...count).flatMap { self.record.scores[.init(query: $0, profile: key)] ?? [] }
            for section in [hit.section] + scores.flatMap(\.terms).map(\.section) {
                guard let section, let profile = hit.profile?.id else { continue }
                asked.insert(.init(profile: profile, kind: section.kind, id: section.id))
            }
        }
        return asked
    }

    // MARK: Queries

    /// Those that are no fusions.
    var queries: [ExplainedQuery] {
        guard let fused = self.record.fusion else {
            let answer = RecordedAnswer(
                strategy: self.answer.strategy,
                completeness: self.answer.completeness,
                hitCount: self.answer.hits.count
            )
            return [self.explained(1, self.query.ask, self.query.furtherVectors, answer, weight: 1)]
        }
        let shares = fused.fusion.shares
        return fused.fusion.leaves.enumerated().map { place, leaf in
            self.explained(place + 1, leaf.ask, leaf.furtherVectors, fused.answers[place], weight: shares[place].most)
        }
    }

    private func explained(
        _ number: Int,
        _ ask: SearchQuery.Ask,
        _ furtherVectors: [[Float]],
        _ answer: RecordedAnswer,
        weight: Double
    ) -> ExplainedQuery {
        ExplainedQuery(
            strategy: answer.strategy,
            completeness: answer.completeness,
            weight: weight,
            words: self.record.wordSets.last { $0.query == number }?.words ?? [],
            partCount: ask.hasVector ? Int32(furtherVectors.count + 1) : 0,
            hitCount: Int32(clamping: answer.hitCount)
        )
    }

    // MARK: Hits

    /// - Parameter found: Which words profiles have, by the place of the set in the record.
    func hits(_ found: [[String: FoundWords]]) -> [ExplainedHit] {
        let fused = self.record.fusion.map { $0.fusion.parts($0.scores) }
        return self.shown.enumerated().map { place, hit in
            let id = SearchRecord.key(of: hit, self.query.groupBy)
            let refined = self.record.refined[id]
            let score = refined?.score ?? hit.score
            var parts =
                fused.map { $0[id] ?? [] }
                ?? [
                    ScorePart(
                        query: 1,
                        score: score,
                        rank: Int32(clamping: refined?.rank ?? place + 1),
                        weight: 1,
                        adds: score
                    )
                ]
            if let (boosts, _) = refined?.boosts {
                for index in parts.indices { parts[index].adds = max(0, parts[index].adds) * boosts.share }
            }
            return ExplainedHit(
                profile: hit.profile,
                score: hit.score,
                parts: parts.map { self.filled($0, of: hit, found) },
                boosts: refined?.boosts.map { $0.terms($1) } ?? [],
                rankByScore: Int32(clamping: refined?.rank ?? 0),
                mostSimilar: refined?.mostSimilar ?? 0,
                section: self.areSections ? hit.section : nil,
                relevance: hit.relevance
            )
        }
    }

    private var areSections: Bool { self.query.groupBy == .section }

    /// A section with what it is called; `nil` for one that the view does not show.
    func named(_ section: SectionMatch, of profile: String) -> SectionMatch? {
        guard self.query.view != nil else { return section }
        let title = self.record.titles[.init(profile: profile, kind: section.kind, id: section.id)]
        return title.map { SectionMatch(kind: section.kind, id: section.id, title: $0) }
    }

    /// With what queries say of a hit.
    private func filled(_ part: ScorePart, of hit: Hit, _ found: [[String: FoundWords]]) -> ScorePart {
        var part = part
        guard part.query > 0 else {
            part.parts = part.parts.map { self.filled($0, of: hit, found) }
            return part
        }
        let id = hit.profile?.id ?? ""
        let key = SearchRecord.key(of: hit, self.query.groupBy)
        let scores = self.record.scores[.init(query: Int(part.query), profile: key)] ?? []
        part.terms = (scores.first { $0.score == part.score }?.terms ?? []).map { term in
            var term = term
            term.section = self.areSections ? hit.section : term.section.flatMap { self.named($0, of: id) }
            return term
        }
        guard let coverage = part.terms.first(where: { $0.name == RecordedScore.Term.words.rawValue }) else {
            return part
        }
        let sets = self.record.wordSets.enumerated().filter { $0.element.query == Int(part.query) }
        func words(_ place: Int) -> FoundWords {
            let all = found[place][id] ?? FoundWords()
            return self.areSections ? all.alone(in: hit.section) : all
        }
        let fitting = sets.first {
            abs(words($0.offset).coverage($0.element) - coverage.value) < RecordedScore.rounding
        }
        guard let set = fitting ?? sets.last else { return part }
        part.words = words(set.offset).matches(set.element, shown: coverage.section ?? hit.section)
        part.wordsAreNewer = fitting == nil
        return part
    }
}

extension SearchQuery.Ask {
    fileprivate var hasVector: Bool {
        switch self {
        case .vector, .hybrid: true
        case .text, .fusion: false
        }
    }
}
