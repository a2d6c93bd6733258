internal import LikenessMessages
internal import LikenessPostgres

/// What a score was made of when it was computed.
struct RecordedScore: Sendable {
    /// Whose it is: see `SearchRecord.key`.
    let profile: String
    let score: Double
    /// Their adds sum up to the score.
    let terms: [ScoreTerm]

    /// By vector alone: the similarity is the score.
    static func vector(_ hit: Hit) -> RecordedScore {
        RecordedScore(
            profile: hit.profile?.id ?? "",
            score: hit.score,
            terms: [
                Self.term(.similarity, hit.score, adds: hit.score, weight: 1, hit.section, hit.evidence.first?.rank)
            ]
        )
    }

    /// By words alone: how many of them are found is the score.
    static func text(_ hit: Hit) -> RecordedScore {
        RecordedScore(
            profile: hit.profile?.id ?? "",
            score: hit.score,
            terms: [Self.term(.words, hit.score, adds: hit.score, weight: 1, hit.section, hit.evidence.first?.rank)]
        )
    }

    /// What one branch of a hybrid search says of a profile.
    struct Branch: Sendable {
        /// `nil` where there is nothing to compare, or no word.
        var value: Double?
        /// `nil` when the profile is not among the branch's best.
        var rank: Int64?
        var section: SectionMatch?
    }

    /// By both. A score that is not the formula's is that of a profile whose display name is the text.
    ///
    /// - Parameters:
    ///   - similarity: Of the nearest section.
    ///   - second: Of the nearest of another kind; `nil` where the nearest counts alone.
    static func hybrid(
        profile: String,
        score: Double,
        similarity: Branch,
        second: Branch?,
        words: Branch
    ) -> RecordedScore {
        let kinds: HybridScore.Kinds = second == nil ? .one : .two
        func adds(_ nearest: Double?, _ second: Double?, _ coverage: Double? = nil) -> Double {
            let similarity = HybridScore.similarity(nearest: nearest, second: second, kinds)
            return HybridScore.value(similarity: similarity, coverage: coverage)
        }
        let coverage = words.value
        let isNamed = abs(score - adds(similarity.value, second?.value, coverage)) > Self.rounding
        var terms: [ScoreTerm] = []
        if isNamed {
            // Less than 1 through a view whose summaries count less.
            let (rest, most) = (score - adds(nil, nil, coverage), HybridScore.value(similarity: 1, coverage: nil))
            terms.append(Self.term(.name, rest / most, adds: rest, weight: most, nil, nil))
        }
        if let value = similarity.value {
            let rest: Double? = second?.value == nil ? nil : 0
            terms.append(
                Self.term(
                    .similarity,
                    value,
                    adds: isNamed ? 0 : adds(value, rest),
                    weight: adds(1, rest),
                    similarity.section,
                    similarity.rank.map { Int32($0) }
                )
            )
        }
        if let second, let value = second.value {
            let added = isNamed ? 0 : adds(0, value)
            terms.append(Self.term(.second, value, adds: added, weight: adds(0, 1), second.section, nil))
        }
        if let coverage {
            terms.append(
                Self.term(
                    .words,
                    coverage,
                    adds: adds(nil, nil, coverage),
                    weight: adds(nil, nil, 1),
                    words.section,
                    words.rank.map { Int32($0) }
                )
            )
        }
        return RecordedScore(profile: profile, score: score, terms: terms)
    }

    /// Of a section, by one query: from what the query says of it.
    ///
    /// - Parameter hit: The section, with evidence of this query alone.
    static func section(_ hit: Hit, score: Double, by ask: SearchQuery.Ask) -> RecordedScore {
        func branch(_ branch: LikenessMessages.Branch) -> Branch {
            let evidence = hit.evidence.first { $0.branch == branch }
            return Branch(value: evidence?.rawScore, rank: evidence.map { Int64($0.rank) }, section: evidence?.section)
        }
        let key = SearchRecord.key(of: hit, .section)
        switch ask {
        case .vector:
            let rank = hit.evidence.first?.rank
            let term = Self.term(.similarity, score, adds: score, weight: 1, hit.section, rank)
            return RecordedScore(profile: key, score: score, terms: [term])
        case .text:
            let rank = hit.evidence.first?.rank
            let term = Self.term(.words, score, adds: score, weight: 1, hit.section, rank)
            return RecordedScore(profile: key, score: score, terms: [term])
        case .hybrid:
            return .hybrid(
                profile: key,
                score: score,
                similarity: branch(.vector),
                second: nil,
                words: branch(.text)
            )
        case .fusion: preconditionFailure("a fusion's queries are none")
        }
    }

    /// The raw value is the word in `ScoreTerm.name`.
    enum Term: String {
        case similarity, words, name
        case second = "second_similarity"
    }

    /// PostgreSQL's sums and ours may differ in their last digits.
    static let rounding = 1e-9

    private static func term(
        _ name: Term,
        _ value: Double,
        adds: Double,
        weight: Double,
        _ section: SectionMatch?,
        _ rank: Int32?
    ) -> ScoreTerm {
        ScoreTerm(name: name.rawValue, value: value, weight: weight, adds: adds, section: section, rank: rank ?? 0)
    }
}

extension SearchRecorder {
    /// Notes what a profile's score is made of.
    func saw(_ score: RecordedScore) {
        let key = SearchRecord.ScoreKey(query: self.query, profile: score.profile)
        self.record.change { state in
            guard state.scores[key]?.contains(where: { $0.score == score.score }) != true else { return }
            state.scores[key, default: []].append(score)
        }
    }

    /// Notes what the scores of a search by one branch are made of.
    func saw(_ hits: [Hit], by ask: SearchQuery.Ask) {
        switch ask {
        case .vector: for hit in hits { self.saw(.vector(hit)) }
        case .text: for hit in hits { self.saw(.text(hit)) }
        // Their rows say it.
        case .hybrid, .fusion: break
        }
    }
}
