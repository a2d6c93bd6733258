import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// `likeness mask` as a user runs it, against a real service.
@Suite(.freshDatabase) struct MaskCommandTests {
    private static let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/masks.jsonl").path

    @Test func `masks are imported, looked through, changed, deleted and restored`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let ada = Profile(
                slug: "ada",
                displayName: "Ada Lovelace",
                location: "Ulm, Germany",
                tags: ["public"],
                experiences: [
                    Experience(
                        category: .work,
                        title: "Analyst",
                        organization: "Engines",
                        startDate: .init(year: 1842, month: 5)
                    )
                ]
            )
            _ = try await fixture.client.profiles.createProfile(.init(profile: ada), options: .init())
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: [String], input: String = "") async throws -> BuiltProgram.Run {
                    try await likeness.run(arguments + ["--timeout", "120"], environment: environment, input: input)
                }
                let names = ["public", "blind", "recruiter", "internal"]
                var imported = try await run(["mask", "import", Self.examples])
                #expect(imported.output == names.map { "created \($0)\n" }.joined(), "\(imported)")
                imported = try await run(["mask", "import", Self.examples, "--output", "json"])
                #expect(imported.output.contains(#"{"name":"blind","outcome":"unchanged"}"#), "\(imported)")

                for (second, said) in [
                    (#"{"name": "bad name"}"#, #"mask 2 "bad name": name"#),
                    (#"{"name": "one"}"#, #"mask 2 "one" has the name of mask 1"#),
                ] {
                    let bad = try await run(["mask", "import", "-"], input: #"{"name": "one"}"# + "\r\n" + second)
                    #expect(bad.status == 1 && bad.errors.contains(said), "\(bad)")
                    #expect(try await run(["mask", "get", "one"]).status == 69)
                }
                let unknown = #"{"name": "two"} {"name": "three", "configuration": {"hiddenFields": ["salary"]}}"#
                let half = try await run(["mask", "import", "-"], input: unknown)
                #expect(half.status == 67 && half.errors.contains(#"mask 2 "three""#), "\(half)")
                #expect(half.errors.contains("The 1 before it are stored."), "\(half)")
                #expect(try await run(["mask", "delete", "two"]).status == 0)

                let blind = try await run(["profile", "list", "--mask", "blind", "--output", "json"])
                #expect(blind.output.contains(#""displayName":"A. L.""#) && !blind.output.contains("ada"), "\(blind)")
                let refused = try await run(["profile", "get", "ada", "--mask", "blind"])
                #expect(refused.status == 67 && refused.errors.contains("slug"), "\(refused)")
                let page = try await run(["profile", "get", "ada", "--mask", "public"])
                #expect(page.output.contains("Germany") && !page.output.contains("Ulm"), "\(page)")
                #expect(page.output.contains("1842") && !page.output.contains("1842-05"), "\(page)")

                let search = ["search", "analyst", "--mode", "text"]
                for mask in ["blind", "recruiter"] {
                    let found = try await run(search + ["--mask", mask])
                    #expect(found.status == 0 && found.output.contains("Analyst"), "\(found)")
                    #expect(!found.output.contains("RELEVANCE"), "\(found)")
                    #expect(found.output.contains("how relevant these are is not known"), "\(found)")
                    let minimal = try await run(search + ["--mask", mask, "--min-relevance", "0.1"])
                    #expect(minimal.status == 67, "\(minimal)")
                    #expect(
                        minimal.errors.contains("min_relevance") && minimal.errors.contains("the mask weighs sections")
                    )
                }
                let rated = try await run(search + ["--mask", "internal", "--min-relevance", "0.1"])
                #expect(rated.output.contains("RELEVANCE") && !rated.output.contains("not known"), "\(rated)")
                let mistyped = try await run(search + ["--mask", "recuriter"])
                #expect(mistyped.status == 67 && mistyped.errors.contains("did you mean recruiter?"), "\(mistyped)")
                let unclosed = try await run(["search", "analyst \"of engines", "--mode", "text"])
                #expect(unclosed.errors.contains("the quote before of is never closed"), "\(unclosed)")
                #expect(unclosed.output.contains("Analyst"), "\(unclosed)")
                #expect(try await run(["search", "\"analyst\"", "--mode", "text"]).errors.isEmpty)

                let faulty = #"{"name": "brief", "configuration": {"hiddenFields": ["salary"], "filter": "x"}}"#
                let faults = try await run(["mask", "validate", "-"], input: faulty)
                #expect(
                    faults.status == 1 && faults.output.contains("mask.configuration.hidden_fields[0]"),
                    "\(faults)"
                )
                #expect(faults.output.contains("mask.configuration.filter"), "\(faults)")
                let notCreated = try await run(["mask", "create", "-"], input: faulty)
                #expect(notCreated.status == 67, "\(notCreated)")
                #expect(try await run(["mask", "get", "blind"]).output.contains(#""weight": 0"#))
                let brief = #"{"name": "brief", "configuration": {"skills": {"maxItems": 5}}}"#
                #expect(try await run(["mask", "validate", "-"], input: brief).status == 0)
                #expect(try await run(["mask", "create", "-"], input: brief).output == "created brief\n")
                #expect(try await run(["mask", "create", "-"], input: brief).status == 70)
                // What `get` prints, `update` reads.
                let got = try await run(["mask", "get", "brief", "--output", "json"])
                let changed = got.output.replacing(#""maxItems":5"#, with: #""maxItems":6"#)
                let updated = try await run(["mask", "update", "-", "--if-revision", "1"], input: changed)
                #expect(updated.output == "brief has revision 2\n", "\(updated)")
                #expect(try await run(["mask", "get", "brief"]).output.contains(#""maxItems": 6"#))
                #expect(try await run(["mask", "delete", "brief"]).output == "deleted brief\n")
                #expect(try await run(["profile", "list", "--mask", "brief"]).status == 67)
                let list = try await run(["mask", "list"])
                #expect(names.allSatisfy(list.output.contains) && !list.output.contains("brief"), "\(list)")
                #expect(try await run(["mask", "list", "--deleted"]).output.contains("brief"))
                #expect(try await run(["mask", "restore", "brief"]).output == "restored brief\n")
                #expect(try await run(["mask", "get", "none"]).status == 69)
            }
        }
    }
}
