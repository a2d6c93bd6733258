import Foundation
import Glibc
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

    @Test func `of a folder all files are imported but those that cannot be read, which are named`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let people = "\(folder)/people"
                try FileManager.default.createDirectory(atPath: "\(people)/more", withIntermediateDirectories: true)
                let files = [
                    "a.json": #"{"basics": {"name": "Ada King"}}"#, "b.csv": "name;email\nBo;bo@x.example\n",
                    "c.jsonl": "{\"basics\": {\"name\": \"Cy}}\n{\"basics\": {\"name\": \"Di\"}}\n",
                    "d.pdf": "%PDF-1.7\n",
                    "e.gz": "", "f.yaml": "name: Ada\nwork:\n", ".hidden": "{",
                ]
                for (name, text) in files {
                    try text.write(toFile: "\(people)/\(name)", atomically: true, encoding: .utf8)
                }
                try FileManager.default.createSymbolicLink(
                    atPath: "\(people)/g.json",
                    withDestinationPath: "/no/such/file"
                )
                #expect(mkfifo("\(people)/h.json", 0o600) == 0)
                let likeness = try BuiltProgram("likeness")
                func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["profile", "import", "--quiet", "--no-wait"] + arguments,
                        environment: ["LIKENESS_CONNECT": connect]
                    )
                }
                let first = try await run(people, "--output", "json")
                #expect(first.status == 1)
                for text in [
                    #""created":3"#, #""refused":1"#, #""unread":5"#, #""file":"\#(people)/a.json""#, #""name":"Di""#,
                ] { #expect(first.output.replacing(" ", with: "").contains(text.replacing(" ", with: "")), "\(first)") }
                for text in [
                    "more: a folder in a folder: not looked at", "c.jsonl:1: refused: invalid JSON", "d.pdf: is a PDF",
                    "e.gz: is empty", "f.yaml: is YAML", "g.json: cannot be read: is a link to \"/no/such/file\"",
                    "h.json: is a pipe, a socket or a device",
                ] { #expect(first.errors.contains("\(people)/\(text)"), "\(text): \(first)") }
                let again = try await run("\(people)/a.json", "\(people)/b.csv")
                #expect(again.status == 0 && again.output.contains("0 created, 0 updated, 2 unchanged"), "\(again)")
                let nothing = try await run("\(people)/a.json", "/no/such/file")
                #expect(nothing.status == 1 && nothing.errors.contains("/no/such/file: cannot be read"), "\(nothing)")
                #expect(nothing.output.contains("1 unchanged, 0 refused, 0 warnings in 2 files, 1 of which"))
                let empty = try await run("\(people)/more")
                #expect(empty.status == 1 && empty.errors.contains("\(people)/more: is a folder without files"))
            }
        }
    }

    @Test func `a folder that is not LinkedIn's, and a file of another format, say so`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let likeness = try BuiltProgram("likeness")
                let example = Self.examples.appending(path: "europass.xml").path
                let tables = Self.examples.appending(path: "linkedin").path
                for (arguments, reason) in [
                    (
                        [folder, "--format", "linkedin"],
                        "\(folder): has no Profile.csv, which a copy of LinkedIn's data has"
                    ),
                    ([tables, "--format", "csv"], "\(tables): is a folder of LinkedIn's tables: leave --format"),
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
