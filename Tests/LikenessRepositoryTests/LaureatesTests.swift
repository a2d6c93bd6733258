import FoundationEssentials
import LikenessMessages
import LikenessRepository
import LikenessTesting
import Testing

/// 981 real profiles, where they lie beside the repository.
@Suite(.freshDatabase) struct LaureatesTests {
    private static let file =
        TestDatabase.migrationsFolder.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }
        + "/shared/data/laureates.jsonl"

    private struct Line: Decodable {
        struct Basics: Decodable { let name: String, label: String, summary: String }
        struct Item: Decodable {
            let name: String?, position: String?, title: String?, awarder: String?, summary: String
        }
        struct Skill: Decodable { let name: String, level: String }
        struct Meta: Decodable { let canonical: String }
        let meta: Meta, basics: Basics, work: [Item]?, awards: [Item]?, skills: [Skill]
    }

    static func load() throws -> [Profile] {
        let text = try String(contentsOfFile: Self.file, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let read = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            var profile = Samples.named(read.basics.name, slug: read.meta.canonical, summary: read.basics.summary)
            profile.headline = read.basics.label
            profile.experiences =
                (read.work ?? []).map {
                    Experience(
                        category: .work,
                        title: $0.position ?? "",
                        organization: $0.name ?? "",
                        description: $0.summary
                    )
                }
                + (read.awards ?? []).map {
                    Experience(
                        category: .award,
                        title: $0.title ?? "",
                        organization: $0.awarder ?? "",
                        description: $0.summary
                    )
                }
            profile.skills = read.skills.map { Skill(name: $0.name, level: $0.level) }
            return profile
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: Self.file), "the laureates are not there"))
    func `all laureates are stored, and stored again without a change`() async throws {
        let profiles = try Self.load()
        try await RepositoryFixture.run { fixture in
            for outcome in [UpsertOutcome.created, .unchanged] {
                let start = ContinuousClock.now
                for first in stride(from: 0, to: profiles.count, by: 200) {
                    let batch = Array(profiles[first..<min(first + 200, profiles.count)])
                    for result in try await fixture.profiles.batchUpsert(batch).results {
                        #expect(try result.get().outcome == outcome)
                    }
                }
                print("\(profiles.count) profiles \(outcome) in \(start.duration(to: .now))")
            }
            #expect(try await fixture.statistics.statistics().profiles?.live == 981)
            let answer = try await fixture.search.search(SearchQuery(.text("wireless telegraphy")))
            #expect(
                Set(answer.hits.prefix(2).compactMap { $0.profile?.slug }) == ["ferdinand-braun", "guglielmo-marconi"]
            )
        }
    }
}
