import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// `likeness suggest` as a user runs it, against a real service.
@Suite(.freshDatabase) struct SuggestCommandTests {
    @Test func `completions come as a table, as JSON and not at all`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let people = [
                Profile(slug: "marie-curie", displayName: "Marie Curie", skills: [Skill(name: "Physics")]),
                Profile(slug: "wilhelm-rontgen", displayName: "Wilhelm Röntgen", skills: [Skill(name: "Physics")]),
            ]
            _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["suggest", "--timeout", "120"] + arguments,
                        environment: environment,
                        input: ""
                    )
                }
                let table = try await run("RONTG")
                #expect(
                    table.output == """
                        TEXT             KIND  PROFILES  MATCH
                        Wilhelm Röntgen  name         1  word

                        """,
                    "\(table)"
                )
                let json = try await run("cur", "--kind", "name", "--limit", "1", "--output", "json")
                #expect(json.status == 0)
                let call = try await likeness.run(
                    [
                        "call", "SearchService/Suggest",
                        #"{"prefix": "cur", "kinds": ["SUGGESTION_KIND_NAME"], "limit": 1}"#, "--output", "json",
                    ],
                    environment: environment
                )
                // One form of JSON: what `call` prints.
                #expect(json.output == call.output, "\(json) \(call)")
                #expect(json.output.contains(#""text":"Marie Curie""#), "\(json)")
                let nothing = try await run("zzz")
                #expect(nothing.status == 0 && nothing.output == "Nothing begins with that.\n", "\(nothing)")
                let refused = try await run("cur", "--kind", "colour")
                #expect(refused.status == 64 && refused.output.isEmpty, "\(refused)")
            }
        }
    }
}
