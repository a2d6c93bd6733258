import Foundation
import LikenessClient
import LikenessCommands
import LikenessMessages
import LikenessStatistics
import LikenessTesting
import Testing

/// `likeness eval` as a user runs it, against a real service.
@Suite(.freshDatabase) struct EvalCommandTests {
    private static let people = [
        Profile(slug: "ada", displayName: "Ada", headline: "nurse nurse nurse"),
        Profile(slug: "bob", displayName: "Bob", headline: "nurse in a hospital with beds"),
        Profile(slug: "cy", displayName: "Cy", headline: "carpenter"),
    ]
    private static let queries = """
        {"name": "few", "queries": [
          {"id": "n", "text": "nurse", "kind": "words", "relevant": [{"slug": "bob", "grade": 2}]},
          {"id": "c", "text": "carpenter", "kind": "words", "relevant": [{"slug": "cy", "grade": 1}]},
          {"id": "z", "text": "zeppelin", "kind": "other", "relevant": [{"slug": "nowhere", "grade": 1}]},
          {"id": "x", "text": "hospital"}]}
        """

    private static func run(
        _ body: (_ eval: ([String]) async throws -> BuiltProgram.Run, _ folder: String, LikenessClient) async throws
            -> Void
    ) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: Self.people), options: .init())
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                try Self.queries.write(toFile: "\(folder)/queries.json", atomically: true, encoding: .utf8)
                try await body(
                    { arguments in
                        try await likeness.run(
                            ["eval", "--timeout", "120", "--mode", "text"] + arguments,
                            environment: environment,
                            input: ""
                        )
                    },
                    folder,
                    fixture.client
                )
            }
        }
    }

    @Test func `measures are those of the answers, in all and of each kind`() async throws {
        try await Self.run { eval, folder, client in
            let queries = "\(folder)/queries.json"
            let json = try await eval(["--queries", queries, "--output", "json"])
            #expect(json.status == 0, "\(json)")
            let report = try EvaluationReport(json: Data(json.output.utf8))
            #expect(report.name == "few" && report.cutoff == 10 && report.comparison == nil)
            let text = try #require(report.modes.first)
            #expect(report.modes.count == 1 && text.mode == "text")
            #expect(text.queries.map(\.id) == ["n", "c", "z"])
            // Through the service itself.
            let first = try await client.search.query(
                .init(query: .init(ask: .text(.init(text: "nurse", mode: .text))), limit: 10),
                options: .init()
            )
            #expect(text.queries[0].hits == first.hits.map { $0.profile?.slug ?? "" })
            let place = try #require(text.queries[0].hits.firstIndex(of: "bob"))
            #expect(text.queries[0].measures.reciprocalRank == 1 / Double(place + 1))
            #expect(text.queries[1].hits == ["cy"] && text.queries[1].measures.ndcg == 1)
            #expect(text.queries[2].hits.isEmpty && text.queries[2].measures.ndcg == 0)
            #expect(text.summaries.map(\.kind) == [nil, "other", "words"])
            #expect(text.summaries.map(\.queryCount) == [3, 1, 2])
            let mean = text.queries.map(\.measures.ndcg).reduce(0, +) / 3
            #expect(abs(text.summaries[0].ndcg.mean - mean) < 1e-12)

            #expect(json.errors.contains("warning: 1 of 4 queries left out: no profile is relevant"), "\(json)")
            #expect(
                json.errors.contains("warning: judged profiles that are not there, counted as not found: 1 (nowhere)"),
                "\(json)"
            )
            let table = try await eval(["--queries", queries, "--quiet"])
            let lines = table.output.split(separator: "\n").map(String.init)
            #expect(lines[0].hasPrefix("MODE  KIND   QUERIES  nDCG@10"), "\(table)")
            #expect(lines[1].hasPrefix("text  all          3  0."), "\(table)")
            #expect(lines[3].hasPrefix("      words        2  "), "\(table)")
        }
    }

    @Test func `a judged profile is found by its id, and by a slug that it had`() async throws {
        try await Self.run { eval, folder, client in
            let queries = "\(folder)/queries.tsv"
            try "c\tcarpenter".write(toFile: queries, atomically: true, encoding: .utf8)
            let key = ProfileKey(key: .slug("cy"))
            let id = try await client.profiles.getProfile(.init(key: key), options: .init()).profile?.id ?? ""
            _ = try await client.profiles.updateProfile(
                .init(key: key, profile: Profile(slug: "cyril"), updateMask: .init(paths: ["slug"])),
                options: .init()
            )
            for name in [id, "cy", "cyril"] {
                let qrels = "\(folder)/qrels"
                try "c 0 \(name) 1".write(toFile: qrels, atomically: true, encoding: .utf8)
                let run = try await eval(["--queries", queries, "--qrels", qrels, "--output", "json"])
                let report = try EvaluationReport(json: Data(run.output.utf8))
                #expect(report.modes[0].queries[0].measures.ndcg == 1, "\(name) \(run)")
                #expect(!run.errors.contains("warning"), "\(run)")
            }
        }
    }

    @Test func `a run is compared with an earlier one`() async throws {
        try await Self.run { eval, folder, client in
            let (queries, before) = ("\(folder)/queries.json", "\(folder)/before.json")
            let first = try await eval(["--queries", queries, "--output", "json"])
            try first.output.write(toFile: before, atomically: true, encoding: .utf8)
            let same = try await eval(["--queries", queries, "--compare", before, "--output", "json"])
            let rows = try #require(try EvaluationReport(json: Data(same.output.utf8)).comparison?.rows)
            #expect(rows.map(\.measure) == [.ndcg, .recall, .reciprocalRank])
            #expect(rows.allSatisfy { $0.difference.mean == 0 && $0.probabilityOfChance == 1 && $0.queryCount == 3 })

            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .slug("cy"))), options: .init())
            let worse = try await eval(["--queries", queries, "--compare", before])
            #expect(worse.status == 0, "\(worse)")
            let line = worse.output.split(separator: "\n").first { $0.contains("nDCG ") }
            #expect(line?.contains("-0.333") == true && line?.hasSuffix("0      1        3") == true, "\(worse)")

            let other = try await eval(["--queries", queries, "--compare", before, "--cutoff", "5"])
            #expect(other.status == 1 && other.errors.contains("was measured with --cutoff 10, not 5"), "\(other)")
            let none = try await eval(["--queries", queries, "--compare", queries])
            #expect(none.status == 1 && none.errors.contains("is not what likeness eval --output json printed"))
        }
    }

    @Test func `a query that is refused is named, and nothing is printed`() async throws {
        try await Self.run { eval, folder, _ in
            let refused = try await eval(["--queries", "\(folder)/queries.json", "--filter", "nothing = 1"])
            #expect(refused.status == 67 && refused.output.isEmpty, "\(refused)")
            #expect(refused.errors.contains("query \"n\", mode text: INVALID_ARGUMENT"), "\(refused)")
            let missing = try await eval(["--queries", "\(folder)/none.json"])
            #expect(missing.status == 1 && missing.errors.contains("none.json: cannot be read"), "\(missing)")
            let unjudged = "\(folder)/unjudged"
            try "1\tnurse".write(toFile: unjudged, atomically: true, encoding: .utf8)
            let none = try await eval(["--queries", unjudged])
            #expect(none.status == 1 && none.errors.contains("no query has a relevant profile"), "\(none)")
        }
    }

    @Test func `one profile by two names is one, and two grades of it are a fault`() async throws {
        try await Self.run { eval, folder, client in
            let key = ProfileKey(key: .slug("cy"))
            let id = try await client.profiles.getProfile(.init(key: key), options: .init()).profile?.id ?? ""
            let (queries, qrels) = ("\(folder)/queries.tsv", "\(folder)/qrels")
            try "c\tcarpenter".write(toFile: queries, atomically: true, encoding: .utf8)
            // Names that no profile can have are those of none.
            try "c 0 cy 1\nc 0 \(id) 1\nc 0 \(id.uppercased()) 1\nc 0 : 0".write(
                toFile: qrels,
                atomically: true,
                encoding: .utf8
            )
            let run = try await eval(["--queries", queries, "--qrels", qrels, "--output", "json"])
            let measures = try EvaluationReport(json: Data(run.output.utf8)).modes[0].queries[0].measures
            #expect(measures.ndcg == 1 && measures.recall == 1, "\(run)")
            #expect(run.errors.contains("counted as not found: 1 (:)"), "\(run)")

            try "c 0 cy 1\nc 0 \(id) 2".write(toFile: qrels, atomically: true, encoding: .utf8)
            let torn = try await eval(["--queries", queries, "--qrels", qrels])
            #expect(torn.status == 1 && torn.errors.contains("are one profile, with grade"), "\(torn)")
        }
    }

    @Test func `a mask that hides slugs hides no answer, and a text that cannot be asked finds nothing`() async throws {
        try await Self.run { eval, folder, client in
            let mask = Mask(name: "nameless", configuration: MaskConfiguration(hiddenFields: ["slug"]))
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            let queries = "\(folder)/odd.json"
            let long = String(repeating: "nurse ", count: 2_000)
            try """
            {"queries": [{"id": "c", "text": "carpenter", "relevant": [{"slug": "cy", "grade": 1}]},
             {"id": "l", "text": "\(long)", "relevant": [{"slug": "cy", "grade": 1}]}]}
            """.write(toFile: queries, atomically: true, encoding: .utf8)
            let run = try await eval(["--queries", queries, "--mask", "nameless", "--output", "json"])
            let mode = try EvaluationReport(json: Data(run.output.utf8)).modes[0]
            #expect(mode.queries.map(\.measures.ndcg) == [1, 0] && mode.refusedCount == 1, "\(run)")
        }
    }

    @Test func `queries of other texts are not compared, nor measures that none can have`() async throws {
        try await Self.run { eval, folder, _ in
            let (queries, before) = ("\(folder)/queries.json", "\(folder)/before.json")
            let first = try await eval(["--queries", queries, "--output", "json"])
            try first.output.replacing("\"nurse\"", with: "\"doctor\"")
                .write(toFile: before, atomically: true, encoding: .utf8)
            let run = try await eval(["--queries", queries, "--compare", before, "--output", "json"])
            let comparison = try #require(try EvaluationReport(json: Data(run.output.utf8)).comparison)
            #expect(comparison.rows.allSatisfy { $0.queryCount == 2 } && comparison.unpairedCount == 1, "\(run)")

            try first.output.replacing("\"ndcg\":0,", with: "\"ndcg\":7,")
                .write(toFile: before, atomically: true, encoding: .utf8)
            let none = try await eval(["--queries", queries, "--compare", before])
            #expect(none.status == 1 && none.errors.contains("has a measure that is not between 0 and 1"), "\(none)")
            let twice = try await eval(["--queries", "-", "--qrels", "-"])
            #expect(twice.status == 64, "\(twice)")
        }
    }

    @Test func `queries of other judgements are not compared`() async throws {
        try await Self.run { eval, folder, _ in
            let (queries, before) = ("\(folder)/queries.json", "\(folder)/before.json")
            try (try await eval(["--queries", queries, "--output", "json"])).output
                .write(toFile: before, atomically: true, encoding: .utf8)
            // Leaving a profile out says that it is not relevant, too.
            let text = Self.queries.replacing(
                #"[{"slug": "bob", "grade": 2}]"#,
                with: #"[{"slug": "bob", "grade": 1}]"#
            ).replacing(
                #"[{"slug": "cy", "grade": 1}]"#,
                with: #"[{"slug": "cy", "grade": 1}, {"slug": "bob", "grade": 0}]"#
            )
            try text.write(toFile: queries, atomically: true, encoding: .utf8)
            let run = try await eval(["--queries", queries, "--compare", before, "--output", "json"])
            let comparison = try #require(try EvaluationReport(json: Data(run.output.utf8)).comparison)
            #expect(comparison.rows.count == 3 && comparison.unpairedCount == 1, "\(run)")
            #expect(comparison.rows.allSatisfy { $0.queryCount == 2 && $0.difference.mean == 0 }, "\(run)")
            let page = try await eval(["--queries", queries, "--compare", before])
            #expect(page.output.contains("Not compared: 1 query"), "\(page)")
        }
    }

    @Test func `an embedding space means nothing to searches by words`() async throws {
        try await Self.run { eval, folder, _ in
            let run = try await eval(["--queries", "\(folder)/queries.json", "--embedding-space", "nowhere"])
            #expect(run.status == 64 && run.output.isEmpty && run.errors.contains("--embedding-space"), "\(run)")
            let both = try await eval(
                ["--queries", "\(folder)/queries.json", "--embedding-space", "nowhere", "--mode", "hybrid"]
            )
            #expect(both.status != 0 && both.status != 64 && both.errors.contains("mode hybrid"), "\(both)")
        }
    }
}
