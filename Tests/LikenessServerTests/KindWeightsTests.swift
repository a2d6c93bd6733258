import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// Masks whose kinds of sections do not count the same.
@Suite(.freshDatabase) struct KindWeightsTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")

    private static let weights: [String: [SectionWeight]] = [
        "all": [],
        "no-summary": [SectionWeight(kind: .summary, weight: 0)],
        "skills": [SectionWeight(kind: .skills, weight: 4), SectionWeight(kind: .experience, weight: 2)],
    ]

    private static func weight(_ mask: String, _ kind: SectionKind) -> Double {
        let named = Self.weights[mask] ?? []
        func weight(_ kind: SectionKind) -> Double { named.first { $0.kind == kind }.map { Double($0.weight) } ?? 1 }
        return weight(kind) / ([SectionKind.summary, .experience, .skills].map(weight).max() ?? 1)
    }

    private static func run(_ body: (LikenessClient) async throws -> Void) async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let client = fixture.client
            for (name, weights) in Self.weights {
                let mask = Mask(name: name, configuration: MaskConfiguration(weights: weights))
                _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            }
            let words = ["nurse", "ward", "letter"]
            let people = (0..<24).map { number in
                func word(_ shift: Int) -> String { words[(number / (shift * shift + 1)) % 3] }
                return Profile(
                    slug: "p\(number)",
                    displayName: "P \(number)",
                    summary: "\(word(0)) and \(number % 5)",
                    experiences: [Experience(title: "\(word(1)) \(number)", organization: word(2))],
                    skills: number % 4 == 0 ? [] : [Skill(name: word(3)), Skill(name: "knitting")]
                )
            }
            _ = try await client.profiles.batchUpsertProfiles(
                .init(profiles: people, waitFor: .embedded),
                options: .init()
            )
            try await body(client)
        }
    }

    private static func request(_ mode: SearchMode, _ mask: String) -> QueryRequest {
        QueryRequest(
            query: Query(ask: .text(.init(text: "nurse", mode: mode))),
            limit: 24,
            mask: mask,
            sectionsPerHit: 10
        )
    }

    @Test(arguments: [SearchMode.text, .vector])
    func `a profile has the score of the section that counts most`(mode: SearchMode) async throws {
        try await Self.run { client in
            let all = try await client.search.query(Self.request(mode, "all"), options: .init()).hits
            let plain = try await client.search.query(Self.request(mode, ""), options: .init()).hits
            #expect(all.map(\.score) == plain.map(\.score) && all.map(\.sections) == plain.map(\.sections))
            for mask in ["no-summary", "skills"] {
                var wanted: [String: Double] = [:]
                for hit in all {
                    let sections = hit.sections.filter { Self.weight(mask, $0.section?.kind ?? .summary) > 0 }
                    let best = sections.map { one in
                        one.score > 0 ? one.score * Self.weight(mask, one.section?.kind ?? .summary) : one.score
                    }.max()
                    if let best, mode == .vector || best > 0 { wanted[hit.profile?.id ?? ""] = best }
                }
                let answer = try await client.search.query(Self.request(mode, mask), options: .init())
                #expect(answer.hits.count == wanted.count && !wanted.isEmpty, "\(mask)")
                for hit in answer.hits {
                    let score = wanted[hit.profile?.id ?? ""] ?? -9
                    // Weights of words are rounded to whole millionths.
                    #expect(abs(hit.score - score) < 1e-5, "\(mask) \(hit)")
                    #expect(abs((hit.sections.first?.score ?? -9) - hit.score) < 1e-5)
                    #expect(hit.sections.allSatisfy { Self.weight(mask, $0.section?.kind ?? .summary) > 0 })
                }
                #expect(answer.hits.map(\.score) == answer.hits.map(\.score).sorted(by: >))
                if mode == .text {
                    var counted = Self.request(mode, mask)
                    counted.facets = ["skills.name"]
                    let facets = try await client.search.query(counted, options: .init())
                    #expect(facets.facets.first?.profileCount == Int64(wanted.count))
                }
            }
        }
    }

    @Test func `explanations add up`() async throws {
        try await Self.run { client in
            for mask in Self.weights.keys {
                for text in ["nurse ward", "P 3"] {
                    var request = Self.request(.hybrid, mask)
                    (request.query, request.sectionsPerHit) = (Query(ask: .text(.init(text: text))), 0)
                    let hits = try await client.search.query(request, options: .init()).hits
                    let told = try await client.search.explainQuery(.init(query: request), options: .init())
                    #expect(told.hits.map(\.score) == hits.map(\.score) && !hits.isEmpty)
                    for hit in told.hits {
                        let part = try #require(hit.parts.first)
                        #expect(abs(part.terms.reduce(0) { $0 + $1.adds } - hit.score) < 1e-9, "\(mask) \(hit)")
                        #expect(!part.wordsAreNewer, "\(mask) \(hit)")
                        let found = part.words.filter(\.found).reduce(0) { $0 + $1.weight }
                        let words = part.terms.first { $0.name == "words" }?.value ?? 0
                        #expect(abs(found - words) < 1e-9, "\(mask) \(hit)")
                    }
                }
            }
        }
    }

    @Test(arguments: [SearchMode.vector, .hybrid])
    func `a profile with all of the nearest sections leaves room for others`(mode: SearchMode) async throws {
        try await Self.run { client in
            let title = "keeper of a lighthouse"
            let keeper = Profile(
                slug: "keeper",
                displayName: "Keeper",
                experiences: (0..<400).map { _ in Experience(title: title) }
            )
            let equals = (0..<40).map { Profile(slug: "equal\($0)", displayName: "E", summary: title) }
            _ = try await client.profiles.batchUpsertProfiles(
                .init(profiles: [keeper] + equals, waitFor: .embedded),
                options: .init()
            )
            for mask in Self.weights.keys.sorted() {
                func ids(_ limit: Int32) async throws -> [String] {
                    var request = Self.request(mode, mask)
                    request.query = Query(ask: .text(.init(text: title, mode: mode)))
                    (request.limit, request.sectionsPerHit) = (limit, 0)
                    return try await client.search.query(request, options: .init()).hits.compactMap { $0.profile?.id }
                }
                let all = try await ids(60)
                // The equal ones are nothing but a summary.
                #expect(all.count == (mask == "no-summary" ? 25 : 60), "\(mask)")
                for limit in [1, 2, 3, 7, 45] {
                    #expect(try await ids(Int32(limit)) == Array(all.prefix(limit)), "\(mask) \(limit)")
                }
            }
        }
    }

    /// Statistics may be those of before a burst of writes: what plans cost must not depend on them.
    @Test func `neither what waits to be embedded nor a common word is read for each profile`() async throws {
        try await Self.run { client in
            for (mode, mask) in [
                (SearchMode.text, "skills"), (.vector, "skills"), (.hybrid, "skills"), (.hybrid, "all"),
            ] {
                var request = Self.request(mode, mask)
                request.sectionsPerHit = 0
                request.query = Query(ask: .text(.init(text: "nurse -letter", mode: mode)))
                let told = try await client.search.explainQuery(.init(query: request, plans: true), options: .init())
                let plans = told.statements.filter { $0.name.hasPrefix("rank_") }.map(\.plan)
                #expect(!plans.isEmpty)
                for plan in plans {
                    #expect(!plan.contains("view_sections_words_idx"), "\(mode) \(plan)")
                    let lines = plan.split(separator: "\n")
                    let waiting = lines.indices.filter { lines[$0].contains("on embedding_outbox") }
                    #expect(mode == .text || !waiting.isEmpty, "\(mode) \(plan)")
                    #expect(waiting.allSatisfy { lines[$0 - 1].contains("SubPlan") }, "\(mode) \(plan)")
                    #expect(mode == .text || plan.contains("hashed SubPlan"), "\(mode) \(plan)")
                }
            }
        }
    }

    /// Pairs of people who differ by their skills alone: what they add is as near as they are, however little skills count.
    @Test func `a section that is near makes no profile score less, whatever its kind counts`() async throws {
        try await Self.run { client in
            let kept = Self.masks
            for (name, weights) in kept {
                let mask = Mask(name: name, configuration: MaskConfiguration(weights: weights))
                _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            }
            let texts = ["cartographer", "lighthouse keeper", "glass blower"]
            var people: [Profile] = []
            for (number, summary) in texts.enumerated() {
                for (place, skill) in ([""] + texts).enumerated() {
                    people.append(
                        Profile(
                            slug: "pair-\(number)-\(place)",
                            displayName: "Q",
                            summary: summary,
                            experiences: place % 2 == 0 ? [] : [Experience(title: summary)],
                            skills: skill.isEmpty ? [] : [Skill(name: skill)]
                        )
                    )
                    people.append(people[people.count - 1])
                    people[people.count - 1].slug += "-without"
                    people[people.count - 1].skills = []
                }
            }
            _ = try await client.profiles.batchUpsertProfiles(
                .init(profiles: people, waitFor: .embedded),
                options: .init()
            )
            var compared = 0
            for text in texts + ["nurse ward"] {
                func hits(_ mask: String, _ mode: SearchMode) async throws -> [String: Hit] {
                    var request = Self.request(mode, mask)
                    request.query = Query(ask: .text(.init(text: text, mode: mode)))
                    request.limit = 100
                    let found = try await client.search.query(request, options: .init()).hits
                    return Dictionary(uniqueKeysWithValues: found.map { ($0.profile?.slug ?? "", $0) })
                }
                let plain = try await hits("", .vector)
                for mask in kept.keys.sorted() {
                    let (nearest, scores) = (try await hits(mask, .vector), try await hits(mask, .hybrid))
                    for person in people where !person.skills.isEmpty {
                        let without = person.slug + "-without"
                        let skills = plain[person.slug]?.sections.first { $0.section?.kind == .skills }?.score ?? -1
                        guard let before = nearest[without]?.score, before > 0,
                            skills >= HybridScore.lackingShare * before
                        else { continue }
                        compared += 1
                        let (with, alone) = (scores[person.slug]?.score ?? -1, scores[without]?.score ?? 2)
                        #expect(with >= alone - 1e-9, "\(mask) \(text) \(person.slug): \(with) \(alone)")
                    }
                }
            }
            #expect(compared > 30)
        }
    }

    private static let masks: [String: [SectionWeight]] = [
        "skills-tenth": [SectionWeight(kind: .skills, weight: 0.1)],
        "skills-most": [SectionWeight(kind: .summary, weight: 0.3), SectionWeight(kind: .experience, weight: 0.6)],
        "summary-little": [SectionWeight(kind: .summary, weight: 0.05), SectionWeight(kind: .skills, weight: 0.5)],
    ]
}
