import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// The examples of each format, imported into a real service.
@Suite(.freshDatabase) struct ImportedFormatsTests {
    private static let examples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples")

    @Test func `an example of each format is imported, and the second time nothing changes`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                for (file, count) in [
                    ("people.csv", 3), ("linkedin", 1), ("europass.xml", 1), ("europass-candidate.xml", 1),
                ] {
                    let path = Self.examples.appending(path: file).path
                    let first = try await ImportCommand.run(path, client: connect).report
                    #expect(first.outcomes == Array(repeating: "created", count: count), "\(file): \(first)")
                    #expect(first.people.allSatisfy { $0.identity == "email" })
                    let again = try await ImportCommand.run(path, client: connect).report
                    #expect(again.outcomes == Array(repeating: "unchanged", count: count), "\(file): \(again)")
                    #expect(again.people.map(\.slug) == first.people.map(\.slug))
                }
            }
        }
    }

    @Test func `one person in two formats is one profile`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let linkedIn = Self.examples.appending(path: "linkedin").path
                let first = try await ImportCommand.run(linkedIn, client: connect).report
                let row = "Name,Email,Tags\nInes Caldeira,INES.caldeira@tiles.example,tiles\n"
                let report = try await ImportCommand.run("-", input: row, client: connect).report
                #expect(report.outcomes == ["updated"] && report.people[0].slug == first.people[0].slug)
                let key = ProfileKey(key: .slug(first.people[0].slug))
                let response = try await fixture.client.profiles.getProfile(.init(key: key), options: .init())
                let stored = try #require(response.profile)
                #expect(stored.tags == ["tiles"] && stored.experiences.count == 7 && stored.skills.count == 5)
                #expect(stored.attributesJson.contains(#""linkedin""#) && stored.attributesJson.contains(#""csv""#))
                #expect(try await ImportCommand.run(linkedIn, client: connect).report.outcomes == ["unchanged"])
            }
        }
    }

    @Test func `a folder that is not LinkedIn's, and a file of another format, say so`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let likeness = try BuiltProgram("likeness")
                let example = Self.examples.appending(path: "europass.xml").path
                for (arguments, reason) in [
                    ([folder], "\(folder): has no Profile.csv, which a copy of LinkedIn's data has"),
                    ([folder, "--format", "csv"], "\(folder): is a folder, which is read as LinkedIn's only"),
                    ([example, "--format", "linkedin"], "\(example): is not a whole ZIP archive: its end is missing"),
                ] {
                    let run = try await likeness.run(
                        ["profile", "import", "--quiet", "--no-wait"] + arguments,
                        environment: ["LIKENESS_CONNECT": connect]
                    )
                    #expect(run.status == 1 && run.errors.contains(reason), "\(arguments): \(run)")
                }
            }
        }
    }
}
