import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

@testable import LikenessServer

/// Texts that are longer than the model reads at a time, through a whole service with the real model.
@Suite(.freshDatabase, .timeLimit(.minutes(10))) struct LongTextTests {
    /// Some 16 tokens a sentence, each of another trade.
    private static func filler(_ range: Range<Int>) -> String {
        let trades = ["accounts", "contracts", "invoices", "budgets", "meetings", "reports", "offices", "schedules"]
        return range.map { number in
            "In year \(number) she administered \(trades[number % trades.count]) of a wholesale company and its suppliers."
        }.joined(separator: " ")
    }

    private static let fact =
        "She restores baroque pipe organs in village churches. Bellows, reeds and pipes of old church organs are repaired by her. "
        + "Organists and parishes call her when a historic organ has fallen silent."
    private static let question = "someone who repairs historic church organs"

    /// A token for every two letters.
    private static func dense(_ count: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        return (0..<count).map { String(letters[$0 * $0 / 7 % letters.count]) }.joined(separator: " ")
    }

    private static func people(fact: String, beforeFact: Int = 60) -> [Profile] {
        var person = Profile()
        person.slug = "restorer"
        person.displayName = "Tom Smith"
        person.summary = self.filler(0..<beforeFact) + " " + fact
        let others = (0..<8).map { number in
            var other = Profile()
            other.slug = "other-\(number)"
            other.displayName = "Other \(number)"
            other.summary = "Plays and teaches the piano, the violin and the flute in town number \(number)."
            return other
        }
        return [person] + others
    }

    private static func store(_ people: [Profile], _ client: LikenessClient) async throws {
        let request = BatchUpsertProfilesRequest(profiles: people, waitFor: .embedded)
        for result in try await client.profiles.batchUpsertProfiles(request, options: .init()).results {
            if case .error(let status)? = result.result { Issue.record("refused: \(status.message)") }
        }
    }

    private static func answer(
        _ text: String,
        _ mode: SearchMode,
        _ client: LikenessClient,
        precision: Precision = .unspecified
    ) async throws -> QueryResponse {
        try await client.search.query(
            .init(query: .init(ask: .text(.init(text: text, mode: mode))), limit: 3, precision: precision),
            options: .init()
        )
    }

    private static func space(_ client: LikenessClient) async throws -> EmbeddingSpace {
        let spaces = try await client.admin.getStatistics(.init(), options: .init()).embeddingSpaces
        return try #require(spaces.first { $0.active })
    }

    @Test func `what stands only in a later part of a section is found first, and the section is named`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.store(Self.people(fact: Self.fact), fixture.client)
            for mode in [SearchMode.vector, .hybrid] {
                for precision in [Precision.exact, .approximate] {
                    let answer = try await Self.answer(Self.question, mode, fixture.client, precision: precision)
                    let first = try #require(answer.hits.first)
                    #expect(first.profile?.slug == "restorer", "\(mode) \(precision)")
                    #expect(first.section == .init(kind: .summary, id: first.profile?.id ?? "", title: "Summary"))
                    let evidence = first.evidence.first { $0.branch == .vector }
                    #expect(evidence?.section?.kind == .summary)
                    #expect(Set(answer.hits.compactMap { $0.profile?.slug }).count == answer.hits.count)
                }
            }
            let before = try await Self.answer(Self.question, .vector, fixture.client)
            let scoreBefore = before.hits.first?.score ?? 0
            let space = try await Self.space(fixture.client)
            #expect(space.sections == 9 && space.embeddings > 12 && space.cutSections == 0)

            // Without the fact there is nothing left of it.
            var shorter = Self.people(fact: "")[0]
            shorter.summary = "She administers a wholesale company."
            try await Self.store([shorter], fixture.client)
            #expect(try await Self.space(fixture.client).embeddings == 9)
            let after = try await Self.answer(Self.question, .vector, fixture.client)
            let score = after.hits.first { $0.profile?.slug == "restorer" }?.score ?? 0
            #expect(score < scoreBefore - 0.1)
        }
    }

    @Test func `a deleted experience takes all of its parts with it`() async throws {
        try await ServiceFixture.run { fixture in
            var person = Self.people(fact: "")[0]
            person.summary = "An administrator."
            person.experiences = [Experience(title: "Clerk", description: Self.filler(0..<50) + " " + Self.fact)]
            try await Self.store([person], fixture.client)
            let found = try #require(try await Self.answer(Self.question, .vector, fixture.client).hits.first)
            #expect(found.section?.kind == .experience && found.section?.title == "Clerk")
            #expect(try await Self.space(fixture.client).embeddings > 4)
            person.experiences = []
            try await Self.store([person], fixture.client)
            #expect(try await Self.space(fixture.client).embeddings == 1)
        }
    }

    @Test func `a section with more text than is embedded counts as cut until it is shortened`() async throws {
        try await ServiceFixture.run { fixture in
            var person = Self.people(fact: "")[0]
            person.summary = Self.dense(9_900)
            try await Self.store([person], fixture.client)
            var space = try await Self.space(fixture.client)
            #expect(space.cutSections == 1 && space.embeddings == Int64(SectionVectors.partsMax))
            person.summary = "Short."
            try await Self.store([person], fixture.client)
            space = try await Self.space(fixture.client)
            #expect(space.cutSections == 0 && space.embeddings == 1)
        }
    }

    @Test func `a query is read beyond what the model reads at a time, up to a bound that the answer names`()
        async throws
    {
        try await ServiceFixture.run { fixture in
            var people = Self.people(fact: Self.fact)
            people[0].summary = Self.fact
            try await Self.store(people, fixture.client)
            let boilerplate = "We are an equal opportunity employer and offer a pension, a canteen and flexible hours. "
            let facts = "We look for a restorer of baroque organs, who repairs pipes in village churches. "
            let long = String(repeating: boilerplate, count: 18) + String(repeating: facts, count: 6)
            for mode in [SearchMode.vector, .hybrid] {
                let answer = try await Self.answer(long, mode, fixture.client)
                #expect(answer.hits.first?.profile?.slug == "restorer", "\(mode)")
                #expect(answer.completeness?.reason.contains("not read") == false)
            }
            let dense = Self.dense(4_900)
            for mode in [SearchMode.vector, .hybrid] {
                let answer = try await Self.answer(dense, mode, fixture.client)
                #expect(answer.completeness?.level == .truncated)
                #expect(
                    answer.completeness?.reason.contains("first 12 parts of the text") == true,
                    "\(answer.completeness)"
                )
            }
        }
    }
}
