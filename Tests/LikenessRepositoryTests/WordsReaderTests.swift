import LikenessMessages
import LikenessTesting
import LikenessWords
import Testing

@testable import LikenessRepository

/// The index of words is read by ascending id.
@Suite(.freshDatabase) struct WordsReaderTests {
    @Test func `it has the profiles with the least id and the greatest, and what they become`() async throws {
        try await RepositoryFixture.run { fixture in
            var ids: [String] = []
            for id in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
                var person = Samples.named("P", slug: id, summary: "port")
                person.id = id
                ids.append(try await fixture.profiles.create(person).value.id)
            }
            let reader = WordsReader(database: fixture.database, view: nil)
            let version = try await reader.read()
            #expect(version.index.profileCount == 2 && version.index.holding(anyOf: ["port"]) == 2)
            for id in ids {
                _ = try await fixture.profiles.update(
                    .id(id),
                    with: Profile(summary: "bread"),
                    updateMask: ["summary"]
                )
            }
            let next = try await reader.caughtUp(version)
            #expect(next.index.profileCount == 2 && next.index.holding(anyOf: ["bread"]) == 2)
        }
    }
}
