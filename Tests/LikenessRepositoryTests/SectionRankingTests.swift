import FoundationEssentials
import LikenessMessages
import Testing

@testable import LikenessRepository

/// What can be said of the best sections of the best profiles, against all sections of all profiles.
@Suite struct SectionRankingTests {
    private typealias Key = SectionScores.Key

    /// Made-up profiles: each with the score that ranks it, and those of its sections.
    private struct People {
        var scores: [Key: SectionScores.Score] = [:]
        var profiles: [Hit] = []

        /// - Parameter spread: How much more than the best of its sections a profile has, at most; of few values, so that many are equal.
        init(count: Int, spread: Int, _ random: inout SplitMix) {
            for number in 0..<count {
                let profile = Self.uuid(number)
                let best = Int.random(in: 0...4, using: &random)
                for section in 0..<Int.random(in: 1...6, using: &random) {
                    let value = section == 0 ? best : Int.random(in: 0...best, using: &random)
                    self.scores[Key(profile: profile, kind: 2, id: Self.uuid(section))] = .init(
                        value: Self.score(value)
                    )
                }
                let more = spread == 0 ? 0 : Int.random(in: 0...spread, using: &random)
                self.profiles.append(Hit(profile: .init(id: profile.text), score: Self.score(best + more)))
            }
            self.profiles.sort {
                $0.score != $1.score ? $0.score > $1.score : ($0.profile?.id ?? "") < ($1.profile?.id ?? "")
            }
        }

        private static func score(_ value: Int) -> Double { Double(value) / 10 }

        private static func uuid(_ number: Int) -> UUID {
            UUID(uuid: (UInt8(number), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        }

        func ranking(_ query: SearchQuery, window: Int) -> SectionRanking {
            let best = Array(self.profiles.prefix(window))
            let ids = Set(best.compactMap(\.profile?.id))
            let scores = self.scores.filter { ids.contains($0.key.profile.text) }
            return SectionRanking(
                query,
                profiles: best,
                areAll: best.count < window,
                scores: .init([scores], shares: nil)
            )
        }
    }

    private static func sections(_ ranking: SectionRanking) -> [String] {
        ranking.hits.map { "\($0.profile?.id ?? "") \($0.section?.id ?? "") \($0.score)" }
    }

    @Test func `by a vector the best sections are those of the best profiles, however many are equal`() {
        var random = SplitMix(seed: 1)
        for _ in 0..<2_000 {
            let people = People(count: 12, spread: 0, &random)
            var query = SearchQuery(.vector([1]))
            query.limit = Int.random(in: 1...8, using: &random)
            query.minScore = [0, 0, 0.2, 0.4][Int.random(in: 0...3, using: &random)]
            let ranking = people.ranking(query, window: query.limit)
            #expect(ranking.isWhole)
            #expect(Self.sections(ranking) == Self.sections(people.ranking(query, window: 1_000)))
        }
    }

    @Test func `what is said to be whole is, where profiles score more than their sections`() {
        var random = SplitMix(seed: 2)
        var (whole, others) = (0, 0)
        for _ in 0..<5_000 {
            let people = People(count: 12, spread: 2, &random)
            var query = SearchQuery(.text("words"))
            query.limit = Int.random(in: 1...8, using: &random)
            query.minScore = [0, 0, 0.2, 0.4][Int.random(in: 0...3, using: &random)]
            let ranking = people.ranking(query, window: Int.random(in: 1...13, using: &random))
            let all = Self.sections(people.ranking(query, window: 1_000))
            if ranking.isWhole {
                whole += 1
                #expect(Self.sections(ranking) == all)
            } else if Self.sections(ranking) != all {
                others += 1
            }
        }
        // Both happen.
        #expect(whole > 1_000 && others > 500, "\(whole) \(others)")
    }

    @Test func `sums that may differ in their last digits are not taken for ties`() {
        var random = SplitMix(seed: 3)
        let people = People(count: 12, spread: 0, &random)
        var query = SearchQuery(.hybrid(text: "words", vector: [1]))
        query.limit = 1
        // The first has the score of its best section.
        #expect(!people.ranking(query, window: 1).isWhole)
        query.ask = .text("words")
        #expect(people.ranking(query, window: 1).isWhole)
    }

    /// As of profiles: nothing that a fusion says is no hit.
    @Test func `a section that a fusion comes to nothing for is no hit`() {
        let leaf = SearchFusion.Leaf(.vector([1]))
        let query = SearchQuery(.fusion(SearchFusion(.linear, [.init(.leaf(leaf), weight: 3), .init(.leaf(leaf))])))
        let keys = (1...4).map {
            Key(profile: UUID(), kind: 2, id: UUID(uuid: ($0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        }
        let scores = [
            [keys[0]: SectionScores.Score(value: -0.5), keys[1]: .init(value: -0.5), keys[2]: .init(value: 0)],
            [keys[0]: .init(value: 0.4), keys[1]: .init(value: 0), keys[3]: .init(value: -0.1)],
        ]
        let ranking = SectionRanking(
            query,
            profiles: [],
            areAll: true,
            scores: .init(scores, shares: [.init(most: 0.75, method: .linear), .init(most: 0.25, method: .linear)])
        )
        #expect(ranking.hits.map(\.section) == [keys[0].match] && ranking.hits.map(\.score) == [0.1])
    }

    /// What profiles have of the words is rounded by a mask's weights, what sections have is not.
    @Test func `by words nothing is said to be whole through a mask that weighs sections`() throws {
        var random = SplitMix(seed: 4)
        let people = People(count: 12, spread: 0, &random)
        let weighed = MaskConfiguration(weights: [SectionWeight(kind: .skills, weight: 0.5)])
        for (configuration, isWhole) in [(MaskConfiguration(), true), (weighed, false)] {
            var query = SearchQuery(.text("words"))
            query.limit = 1
            query.view = try View([Mask(name: "a", configuration: configuration)])
            #expect(people.ranking(query, window: 5).isWhole == isWhole)
            // Fewer than were asked for are all that there are.
            #expect(people.ranking(query, window: 13).isWhole)
            query.ask = .vector([1])
            #expect(people.ranking(query, window: 5).isWhole)
        }
    }
}
