internal import LikenessMessages
internal import LikenessPostgres

/// A statement that a search has run, with all that it takes to have it planned again.
struct RecordedStatement: Sendable {
    /// The raw value is the word in `ExplainedStatement.name`.
    enum Name: String, Sendable {
        case words, examples, profiles, passages, order, boosts
        case sectionVectors = "section_vectors"
        case sectionSimilarities = "section_similarities"
        case sectionWords = "section_words"
        case sectionCounts = "section_counts"
        case filterSample = "filter_sample"
        case filterCount = "filter_count"
        case rankVector = "rank_vector"
        case rankText = "rank_text"
        case rankHybrid = "rank_hybrid"

        var isRanking: Bool {
            switch self {
            case .rankVector, .rankText, .rankHybrid: true
            case .words, .examples, .profiles, .passages, .order, .boosts, .sectionVectors, .sectionSimilarities,
                .sectionWords, .sectionCounts, .filterSample, .filterCount:
                false
            }
        }
    }

    let name: Name
    let statement: Statement
    let parameters: Parameters
    let settings: [SessionSetting]
    var time = Duration.zero
    /// All but the time and the settings.
    var message = ExplainedStatement()

    init(_ name: Name, _ statement: Statement, _ parameters: Parameters, _ settings: [SessionSetting]) {
        (self.name, self.statement, self.parameters, self.settings) = (name, statement, parameters, settings)
        self.message.name = name.rawValue
        // Only what is not prepared has no name.
        self.message.hasOwnPlan = statement.name.isEmpty
    }

    /// Says how far a ranking looked.
    mutating func describe(_ attempt: SearchAttempt, _ outcome: SearchAttempt.Outcome, scope: SearchScope) {
        self.message.among = Int32(clamping: scope.among?.count ?? 0)
        self.message.nominees = Int32(clamping: outcome.nominees)
        guard let nearest = attempt.nearest else { return }
        self.message.scan = nearest.plan.strategy
        self.message.sections = Int32(clamping: nearest.reach.sections)
        self.message.sectionsFound = Int32(clamping: outcome.examined)
        guard nearest.plan.scan == .approximate else { return }
        self.message.index = nearest.plan.space.table.index.text
        if nearest.plan.space.indexMethod == .ivfflat {
            self.message.probes = Int32(clamping: nearest.reach.probes)
        } else {
            self.message.efSearch = Int32(clamping: nearest.reach.efSearch)
        }
    }
}

extension SearchAttempt {
    static let nomineesReason = "too few of the profiles that the index of words named pass: all are scored"

    /// Why another attempt follows this one.
    func reason(for next: SearchAttempt, after outcome: Outcome) -> String {
        guard let nearest = self.nearest, let further = next.nearest else { return Self.nomineesReason }
        if nearest.plan.scan != further.plan.scan {
            return
                "the index gave up after \(outcome.examined) sections, before enough profiles passed: all are compared"
        }
        if self.scoresAll != next.scoresAll { return Self.nomineesReason }
        if nearest.reach.probes != further.reach.probes {
            return
                "\(nearest.reach.probes) lists of the index held only \(outcome.examined) sections: more lists are looked at"
        }
        if nearest.reach.sections == further.reach.sections {
            return
                "\(nearest.reach.efSearch) candidates of the index held only \(outcome.examined) sections within the scope: it goes on"
        }
        return "the nearest \(nearest.reach.sections) sections belong to too few profiles: more are looked at"
    }
}

extension SearchRecorder {
    /// Notes how far the last ranking looked.
    func ranked(by attempt: SearchAttempt, _ outcome: SearchAttempt.Outcome, scope: SearchScope) {
        self.record.amend { $0.describe(attempt, outcome, scope: scope) }
    }

    /// Notes why another ranking follows the last one.
    func looksFurther(_ reason: String) { self.record.amend { $0.message.furtherReason = reason } }

    func fused(_ fusion: SearchFusion, _ scores: SearchFusion.LeafScores, _ answers: [SearchAnswer<[Hit]>]) {
        let answers = answers.map {
            RecordedAnswer(strategy: $0.strategy, completeness: $0.completeness, hitCount: $0.hits.count)
        }
        self.record.change { $0.fusion = RecordedFusion(fusion: fusion, scores: scores, answers: answers) }
    }
}

extension SearchExecution.Ask {
    var name: RecordedStatement.Name {
        switch self {
        case .vector: .rankVector
        case .text: .rankText
        case .hybrid: .rankHybrid
        }
    }
}

extension ViewSearch.Ask {
    var name: RecordedStatement.Name {
        switch self {
        case .vector: .rankVector
        case .text: .rankText
        case .hybrid: .rankHybrid
        }
    }
}
