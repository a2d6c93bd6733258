internal import LikenessMessages
internal import LikenessPostgres
internal import Synchronization

/// What a search notes of itself when it is to be explained. Other searches have none, and note nothing.
///
/// A search runs its statements one after another, so what is noted is in order.
package struct SearchRecorder: Sendable {
    let record: SearchRecord
    /// Which query of a fusion is running, counted from 1.
    private(set) var query = 1
    /// Which part of a long text, counted from 1; 0 for other texts.
    private(set) var part = 0

    package init() { self.record = SearchRecord() }

    /// The same record, for one query of a fusion.
    package func of(query: Int) -> SearchRecorder {
        var recorder = self
        recorder.query = query
        return recorder
    }

    /// The same record, for one part of a long text.
    func of(part: Int) -> SearchRecorder {
        var recorder = self
        recorder.part = part
        return recorder
    }

    /// Measures a stage from now on.
    package func watch(_ stage: SearchStage) -> StageWatch { StageWatch(stage, self) }

    /// Adds to a stage what was measured elsewhere.
    package func add(_ time: Duration, to stage: SearchStage) { self.record.add(time, to: stage) }
}

extension SearchRecorder {
    /// Notes which place a hit has by its score, and the score.
    func note(rank: Int, of hit: Hit) {
        self.record.change { $0.refined[hit.profile?.id ?? ""] = .init(rank: rank, score: hit.score) }
    }

    func note(boosts: BoostedScore, _ values: BoostedScore.Values, of hit: Hit) {
        self.record.change { $0.refined[hit.profile?.id ?? ""]?.boosts = (boosts, values) }
    }

    func note(mostSimilar: Double, of hit: Hit) {
        self.record.change { $0.refined[hit.profile?.id ?? ""]?.mostSimilar = mostSimilar }
    }
}

/// What a search spends its time on; the raw value is the word in `ExplainedStage.name`.
package enum SearchStage: String, Sendable, CaseIterable {
    case mask, examples, embed, catalog, words, view, filter, nominate, rank, refine, show, facets, connection, explain,
        plans
}

/// Measures one stage, without the time that it waits for connections.
package struct StageWatch: Sendable {
    private let stage: SearchStage
    private let recorder: SearchRecorder
    private let start = ContinuousClock.now
    private let waited: Duration

    fileprivate init(_ stage: SearchStage, _ recorder: SearchRecorder) {
        (self.stage, self.recorder) = (stage, recorder)
        self.waited = recorder.record.time(of: .connection)
        recorder.record.add(.zero, to: stage)
    }

    /// - Returns: How long it took.
    @discardableResult
    package func stop() -> Duration {
        let waited = self.recorder.record.time(of: .connection) - self.waited
        let time = ContinuousClock.now - self.start - waited
        self.recorder.record.add(time, to: self.stage)
        return time
    }

    /// Ends the stage, which was one statement.
    func ran(
        _ name: RecordedStatement.Name,
        _ statement: Statement,
        _ parameters: Parameters,
        settings: [SessionSetting] = [],
        rows: Int
    ) {
        var ran = RecordedStatement(name, statement, parameters, settings)
        (ran.message.query, ran.message.part) = (Int32(self.recorder.query), Int32(self.recorder.part))
        ran.message.rowsReturned = Int64(rows)
        ran.time = self.stop()
        self.recorder.record.add(ran)
    }
}

extension SearchRecorder {
    /// Notes what the scores of sections are made of, in place of those of their profiles.
    func found(_ ranking: SectionRanking, by query: SearchQuery) {
        let leaves: [SearchFusion.Leaf]
        if case .fusion(let fusion) = query.ask { leaves = fusion.leaves } else { leaves = [.init(query.ask)] }
        let isFusion = query.ask.isFusion
        for (place, leaf) in leaves.enumerated() {
            let recorder = self.of(query: place + 1)
            for (hit, parts) in zip(ranking.hits, ranking.parts) {
                guard let part = parts[place] else { continue }
                var alone = hit
                alone.evidence = hit.evidence.filter { $0.query == (isFusion ? Int32(place + 1) : 0) }
                recorder.saw(.section(alone, score: part.score, by: leaf.ask))
            }
        }
        guard isFusion else { return }
        var scores: SearchFusion.LeafScores = leaves.map { _ in [:] }
        for (hit, parts) in zip(ranking.hits, ranking.parts) {
            let key = SearchRecord.key(of: hit, .section)
            for (place, part) in parts.enumerated() { scores[place][key] = part }
        }
        self.record.change { state in
            state.fusion = state.fusion.map { .init(fusion: $0.fusion, scores: scores, answers: $0.answers) }
        }
    }
}

extension SearchQuery.Ask {
    fileprivate var isFusion: Bool { if case .fusion = self { true } else { false } }
}

/// What one search has noted so far.
final class SearchRecord: Sendable {
    struct State {
        var stages: [SearchStage: Duration] = [:]
        var statements: [RecordedStatement] = []
        var wordSets: [WordSet] = []
        var scores: [ScoreKey: [RecordedScore]] = [:]
        /// What sections are called through a view, those that it shows.
        var titles: [SectionKey: String] = [:]
        var fusion: RecordedFusion?
        /// Of profiles that more than their scores put in order.
        var refined: [String: RefinedHit] = [:]
    }

    /// What put a hit where it is.
    struct RefinedHit {
        /// By its score alone.
        let rank: Int
        let score: Double
        var boosts: (BoostedScore, BoostedScore.Values)?
        /// Of the hits before it.
        var mostSimilar = 0.0
    }

    /// What scores are noted by: the profile's id, and where hits are sections that of the section too.
    static func key(of hit: Hit, _ groupBy: GroupBy) -> String {
        let profile = hit.profile?.id ?? ""
        guard groupBy == .section, let section = hit.section else { return profile }
        return "\(profile)/\(section.kind.rawValue)/\(section.id)"
    }

    /// A profile, or a section, by one query.
    struct ScoreKey: Hashable {
        let query: Int
        let profile: String
    }

    struct SectionKey: Hashable {
        let profile: String
        let kind: SectionKind
        let id: String
    }

    /// More statements are not noted.
    static let statementsMax = 200

    private let state = Mutex(State())

    var current: State { self.state.withLock { $0 } }

    func time(of stage: SearchStage) -> Duration {
        self.state.withLock { $0.stages[stage] ?? .zero }
    }

    func add(_ time: Duration, to stage: SearchStage) {
        self.state.withLock { $0.stages[stage, default: .zero] += time }
    }

    func add(_ statement: RecordedStatement) {
        self.state.withLock { state in
            guard state.statements.count < Self.statementsMax else { return }
            var statement = statement
            let last = state.statements.last { $0.message.query == statement.message.query && $0.name.isRanking }
            if statement.name.isRanking {
                let isFurther = last.map {
                    !$0.message.furtherReason.isEmpty && $0.message.part == statement.message.part
                }
                statement.message.attempt = isFurther == true ? (last?.message.attempt ?? 0) + 1 : 1
            }
            state.statements.append(statement)
        }
    }

    /// Says more of the last ranking.
    func amend(_ change: (inout RecordedStatement) -> Void) {
        self.state.withLock { state in
            guard let place = state.statements.lastIndex(where: { $0.name.isRanking }) else { return }
            change(&state.statements[place])
        }
    }

    func change(_ change: (inout State) -> Void) { self.state.withLock { change(&$0) } }
}

/// A fusion, and what its queries said of the profiles that they found.
struct RecordedFusion: Sendable {
    let fusion: SearchFusion
    let scores: SearchFusion.LeafScores
    let answers: [RecordedAnswer]
}

/// What one query came to.
struct RecordedAnswer: Sendable {
    let strategy: String
    let completeness: Completeness
    let hitCount: Int
}
