import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// Completions, as clients see them.
@Suite(.freshDatabase) struct SuggestTests {
    @Test func `what was just written completes what is typed`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let people = [
                Profile(
                    slug: "marie-curie",
                    displayName: "Marie Curie",
                    location: "Paris",
                    experiences: [Experience(title: "Professor of physics", organization: "Sorbonne")],
                    skills: [Skill(name: "Physics")]
                ),
                Profile(slug: "pierre-curie", displayName: "Pierre Curie", skills: [Skill(name: "physics")]),
            ]
            _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
            let found = try await fixture.client.search.suggest(.init(prefix: "CURI"), options: .init())
            #expect(found.suggestions.map(\.text) == ["Marie Curie", "Pierre Curie"])
            #expect(found.suggestions.map(\.match) == [.word, .word])
            #expect(found.completeness?.level == .exact)
            let first = try #require(found.suggestions.first)
            let profile = try await fixture.client.profiles.getProfile(
                .init(key: .init(key: .id(first.profileId))),
                options: .init()
            )
            #expect(profile.profile?.slug == "marie-curie")
            let kinds = try await fixture.client.search.suggest(
                .init(prefix: "phy", kinds: [.skill, .title], limit: 1),
                options: .init()
            )
            #expect(kinds.suggestions.map(\.kind) == [.skill])
            _ = try await fixture.client.profiles.deleteProfile(
                .init(key: .init(key: .slug("marie-curie"))),
                options: .init()
            )
            let rest = try await fixture.client.search.suggest(.init(prefix: "curi"), options: .init())
            #expect(rest.suggestions.map(\.text) == ["Pierre Curie"])
        }
    }

    @Test func `bad questions name their field`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let cases: [(SuggestRequest, LikenessError.Code, String)] = [
                (.init(), .invalidArgument, "prefix"),
                (.init(prefix: "  "), .invalidArgument, "prefix"),
                (.init(prefix: String(repeating: "é", count: 101)), .invalidArgument, "prefix"),
                (.init(prefix: "a", limit: -1), .invalidArgument, "limit"),
                (.init(prefix: "a", limit: 51), .invalidArgument, "limit"),
                (.init(prefix: "a", kinds: [.init(rawValue: 77)]), .invalidArgument, "kinds[0]"),
                (.init(prefix: "a", kinds: [.unspecified]), .invalidArgument, "kinds[0]"),
                (.init(prefix: "a", mask: "m"), .invalidArgument, "mask"),
            ]
            for (request, code, field) in cases {
                let failure = await ServiceFixture.failure {
                    try await fixture.client.search.suggest(request, options: .init())
                }
                #expect(failure?.code == code, "\(request): \(String(describing: failure))")
                #expect((failure?.violations.first?.field ?? "") == field, "\(request): \(String(describing: failure))")
            }
        }
    }
}
