import ArgumentParser
import Foundation
import LikenessConsole
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessCommands

@Suite struct CommandLineTests {
    @Test(arguments: [
        ["--connect", "dev/client.json", "--timeout", "3", "search", "founded a hospital"],
        ["search", "--connect", "dev/client.json", "--timeout", "3", "founded a hospital"],
        ["--timeout", "3", "search", "founded a hospital", "--connect=dev/client.json"],
    ])
    func `where to connect may stand before the subcommand or after it`(arguments: [String]) throws {
        let command = try #require(try LikenessCommand.parseAsRoot(arguments) as? SearchCommand)
        #expect(command.connection.connect == "dev/client.json")
        #expect(command.connection.timeout == 3)
        #expect(command.text == "founded a hospital")
    }

    @Test func `a subcommand of a subcommand gets it too`() throws {
        let arguments = ["--connect", "a.json", "profile", "get", "ada-lovelace"]
        let command = try #require(try LikenessCommand.parseAsRoot(arguments) as? ProfileGetCommand)
        #expect(command.connection.connect == "a.json")
    }

    @Test(arguments: [
        (["search", "x", "--limit", "-1"], "--limit must be between 1 and 1000, not -1"),
        (["search", "x", "--min-score", "2"], "--min-score must be between -1 and 1, not 2.0"),
        (["search", "x", "--min-relevance", "2"], "--min-relevance must be between 0 and 1, not 2.0"),
        (["search", "x", "--min-score", "-2"], "--min-score must be between -1 and 1, not -2.0"),
        (["suggest", "x", "--limit", "-1"], "--limit must be between 1 and 50, not -1"),
        (["profile", "list", "--limit", "-1"], "--limit must be between 1 and 1000, not -1"),
        (["profile", "history", "x", "--limit", "101"], "--limit must be between 1 and 100, not 101"),
        (
            ["profile", "experience", "update", "x", "id", "--tag", "a", "--tag", ""],
            "--tag '' is for an empty list, and is given with others"
        ),
    ])
    func `a number out of range is refused with the option and its range`(arguments: [String], message: String) {
        let error = #expect(throws: (any Error).self) { try LikenessCommand.parseAsRoot(arguments) }
        #expect(error.map { LikenessCommand.message(for: $0) } == message)
    }

    @Test(arguments: [
        ["search", "x", "--mask", ""], ["search", "x", "--filter", " "], ["search", "x", "--page-token="],
        ["suggest", "x", "--mask", ""], ["profile", "get", "ada", "--mask", ""], ["profile", "list", "--mask="],
        ["profile", "list", "--filter", ""], ["mask", "list", "--page-token", ""],
    ])
    func `an option that is given without a text is not taken for one that is left out`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try LikenessCommand.parseAsRoot(arguments) }
        let message = error.map { LikenessCommand.message(for: $0) } ?? ""
        #expect(message.contains("leave the option out") || message.hasPrefix("Missing value"), "\(message)")
    }

    @Test(arguments: [
        ("7", PointInTime.Point.revision(7)), ("2026-11-30", .time(.init(seconds: 1_795_996_800))),
        ("2026-11-30T00:00:00Z", .time(.init(seconds: 1_795_996_800))),
        ("2026-11-30T01:00:00.000123456+01:00", .time(.init(seconds: 1_795_996_800, nanos: 123_456))),
        ("2026-11-29T23:59:59.9Z", .time(.init(seconds: 1_795_996_799, nanos: 900_000_000))),
        ("1969-12-31T23:59:59.5Z", .time(.init(seconds: -1, nanos: 500_000_000))),
        ("2024-02-29", .time(.init(seconds: 1_709_164_800))),
    ])
    func `a state of the past is a revision, a day or a time with all its digits`(
        text: String,
        point: PointInTime.Point
    ) {
        #expect(PointArgument(argument: text)?.point.point == point)
    }

    @Test(arguments: [
        "", "0", "-1", "1.5", "yesterday", "2026-11-31", "2026-02-29", "2026-11-31T00:00:00Z", "2026-13-01",
        "2026-11-30T25:00:00Z", "2026-11-30T00:00:00", "2026-11-30T00:00:00.Z", "2026-11-30 00:00:00Z", "30.11.2026",
        "9223372036854775808",
    ])
    func `what is no state of the past is refused`(text: String) {
        #expect(PointArgument(argument: text) == nil)
    }

    @Test func `a list that is given as an empty text is emptied, and one that is not given stays`() throws {
        let start = ["profile", "experience", "update", "ada", "id"]
        let none = try #require(
            try LikenessCommand.parseAsRoot(start + ["--tag", "", "--highlight", ""]) as? ExperienceUpdateCommand
        )
        #expect(none.fields.paths == ["highlights", "tags"])
        #expect(none.fields.experience(id: "id") == Experience(id: "id"))
        let some = try #require(
            try LikenessCommand.parseAsRoot(start + ["--tag", "a", "--tag", "b"]) as? ExperienceUpdateCommand
        )
        #expect(some.fields.paths == ["tags"] && some.fields.experience(id: "").tags == ["a", "b"])
        let skill = try #require(
            try LikenessCommand.parseAsRoot(["profile", "skill", "update", "ada", "id", "--keyword", ""])
                as? SkillUpdateCommand
        )
        #expect(skill.fields.paths == ["keywords"] && skill.fields.skill(id: "").keywords.isEmpty)
    }

    @Test func `an argument that is no UTF-8 is refused, not repaired`() async throws {
        let likeness = try BuiltProgram("likeness")
        let shell = try await BuiltProgram(path: "/bin/sh").run([
            "-c", "exec \"$0\" search \"$(printf 'Fran\\347ais')\"", likeness.path,
        ])
        #expect(shell.status == 64 && shell.errors.contains("argument 2 is not valid UTF-8"), "\(shell)")
    }

    @Test func `a text that begins with a hyphen is explained, and stands after two`() async throws {
        let likeness = try BuiltProgram("likeness")
        let run = try await likeness.run(["search", "-physics"])
        #expect(run.status == 64 && run.errors.contains("'-physics' was read as options"), "\(run)")
        #expect(run.errors.contains("after -- everything is text, as in -- -physics"), "\(run)")
        let command = try #require(try LikenessCommand.parseAsRoot(["search", "--", "-physics"]) as? SearchCommand)
        #expect(command.text == "-physics")
    }

    @Test(arguments: [
        (["help", "serach"], "there is no command 'serach'", "Did you mean 'search'?"),
        (["serach", "--help"], "there is no command 'serach'", "Did you mean 'search'?"),
        (["--help", "serach"], "there is no command 'serach'", "Did you mean 'search'?"),
        (["help", "profile", "imprt"], "there is no command 'imprt'", "Did you mean 'import'?"),
        (["profile", "imprt", "--help"], "there is no command 'imprt'", "Did you mean 'import'?"),
        (["help", "xyzzy"], "there is no command 'xyzzy'", "'xyzzy'"),
        (["help", "personal-data"], "there is no command 'personal-data'", "Did you mean 'admin personal-data'?"),
        (["import"], "'import'", "Did you mean 'profile import' or 'mask import'?"),
        (["help", "admin", "import"], "'import'", "Did you mean 'profile import' or 'mask import'?"),
    ])
    func `a command that there is not here gets a hint and no overview`(
        arguments: [String],
        problem: String,
        hint: String
    ) async throws {
        let run = try await BuiltProgram("likeness").run(arguments)
        #expect(run.status == 64 && run.output.isEmpty, "\(run)")
        #expect(run.errors.contains(problem) && run.errors.contains(hint), "\(run)")
    }

    @Test(arguments: [
        ["help"], ["--help"], ["help", "search"], ["help", "profile", "import"], ["search", "--help"], ["--version"],
        ["--connect", "a.json", "search", "--help"], ["--connect", "a.json", "--help"], ["help", "help"],
        ["--generate-completion-script", "bash"], ["admin", "operations", "--help"],
    ])
    func `help for what there is is printed`(arguments: [String]) async throws {
        let run = try await BuiltProgram("likeness").run(arguments)
        #expect(run.status == 0 && !run.output.isEmpty && run.errors.isEmpty, "\(run)")
    }

    @Test func `words that the shell has not joined are one text`() throws {
        let search = try #require(
            try LikenessCommand.parseAsRoot(["search", "two", "words", "--limit", "3"]) as? SearchCommand
        )
        #expect(search.text == "two words" && search.limit == 3)
        let suggest = try #require(
            try LikenessCommand.parseAsRoot(["suggest", "marie", "cu"]) as? SuggestCommand
        )
        #expect(suggest.prefix == "marie cu")
    }

    @Test func `blanks around the commas of a list do not count`() throws {
        let arguments = ["search", "x", "--fields", " display_name,  skills.name ", "--output", "json"]
        let search = try #require(try LikenessCommand.parseAsRoot(arguments) as? SearchCommand)
        #expect(search.fields == ["display_name", "skills.name"])
        let update = ["mask", "update", "-", "--fields", "description, configuration.filter"]
        let mask = try #require(try LikenessCommand.parseAsRoot(update) as? MaskUpdateCommand)
        #expect(mask.fields == ["description", "configuration.filter"])
        #expect(throws: Never.self) {
            try LikenessCommand.parseAsRoot(["profile", "import", "-", "--match", "email, url"])
        }
    }

    @Test(arguments: [
        (["search", "x", "--facet", ""], "is empty: leave the option out"),
        (
            ["search", "x", "--facet", "tags, skills.name"],
            "--facet names one field; for several repeat the option: --facet tags --facet skills.name"
        ),
        (["search", "--like", " "], "is empty: leave the option out"),
        (["search", " "], "the text to search for is empty"),
        (["search", "x", "--fields", "headline,"], "has a comma without a field beside it"),
        (["search", "x", "--page-token", "abc"], "--page-token needs the --page-window"),
    ])
    func `a mistake is told in the words of the command line`(arguments: [String], message: String) {
        let error = #expect(throws: (any Error).self) { try LikenessCommand.parseAsRoot(arguments) }
        let text = error.map { LikenessCommand.message(for: $0) } ?? ""
        #expect(text.contains(message) && !text.contains("page_window"), "\(text)")
    }

    @Test func `a key of attributes may have a comma`() {
        #expect(throws: Never.self) {
            try LikenessCommand.parseAsRoot(["search", "x", "--facet", "attributes.\"a,b\""])
        }
    }

    @Test(
        arguments: [
            ("\"hello world", "hello"), ("say \"hello world", "hello"), ("-\"hello", "hello"), ("\"a b\" \"c d", "c"),
            ("\"a b\"", nil), ("5\" pipe", nil), ("a\"b", nil), ("\" a", nil), ("a \"", nil), ("", nil), ("-", nil),
            ("- \"a", "a"),
        ] as [(String, String?)]
    )
    func `a quote that opens no phrase is found`(text: String, word: String?) {
        #expect(UnclosedQuote.word(in: text) == word)
    }

    @Test func `a folder is no client file`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let run = try await BuiltProgram("likeness").run(["--connect", folder, "health"])
            #expect(run.status == 64, "\(run)")
            #expect(run.errors == "likeness: \(folder): is a folder: the client.json in it is wanted\n", "\(run)")
        }
    }

    /// Every command that calls a service.
    private static let calling = [
        ["health"], ["list"], ["describe", "SearchService"], ["call", "SearchService/Query", "{}"], ["search", "x"],
        ["suggest", "x"], ["profile", "get", "ada"], ["admin", "status"], ["admin", "operations", "list"],
    ]

    @Test(arguments: Self.calling)
    func `a client file that cannot be used is no answer of a service`(command: [String]) async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (file, likeness) = ("\(folder)/client.json", try BuiltProgram("likeness"))
            for (contents, arguments, problem) in [
                (nil, [], "\(file): cannot be read: No such file or directory; is the service running?"),
                ("nonsense", [], "\(file): invalid JSON at line 1, column 1: not a JSON value"),
                (#"{"endpoint": "localhost:1"}"#, [], "\(file): ca_file is missing"),
                (
                    #"{"endpoint": "localhost:1", "ca_file": "a"}"#, [],
                    "\(file): \(folder)/a: cannot be read: No such file or directory"
                ),
                (#"{"endpoint": "localhost:1", "ca_file": "client.json"}"#, [], "\(file): \(file) is not PEM"),
                (
                    #"{"endpoint": "localhost:1", "ca_file": "client.json"}"#, ["--token-file", "\(folder)/token"],
                    "\(folder)/token: cannot be read: No such file or directory"
                ),
            ] as [(String?, [String], String)] {
                try contents?.write(toFile: file, atomically: true, encoding: .utf8)
                let run = try await likeness.run(["--connect", file] + arguments + command)
                // The name of a status would promise the exit status that belongs to it.
                #expect(run.status == 64 && run.output.isEmpty, "\(run)")
                #expect(run.errors.hasPrefix("likeness: \(problem)") && !run.errors.contains("INVALID"), "\(run)")
            }
        }
    }

    @Test func `a profile is shown with all that it has`() {
        let profile = Profile(
            slug: "ada",
            displayName: "Ada",
            tags: ["t"],
            keywords: ["k"],
            attributesJson: #"{"json_resume": {"basics": {"email": "ada@example.org", "profiles": [{"n": 5}]}}}"#
        )
        let page = ProfileOutput(profile: profile).page(.plain).description
        #expect(page.contains("json_resume.basics.email: ada@example.org\n"), "\(page)")
        #expect(page.contains("json_resume.basics.profiles[0].n: 5\n"), "\(page)")
        #expect(page.contains("Tags\nt\n") && page.contains("Keywords\nk\n"), "\(page)")
    }

    @Test func `a space without a vector index says so, and one whose index is being built`() {
        func page(_ index: VectorIndex?) -> String {
            var statistics = GetStatisticsResponse()
            statistics.embeddingSpaces = [EmbeddingSpace(name: "main", index: index, served: true)]
            return StatusOutput(health: .init(status: .serving), version: nil, statistics: statistics, migrations: nil)
                .page(.plain).description
        }
        let none = page(nil)
        #expect(none.contains("none") && none.contains("compared one by one"), "\(none)")
        var index = VectorIndex(name: "embeddings_main_ann", method: .hnsw, valid: true, bytes: 1, parameters: "m=16")
        #expect(page(index).contains("hnsw m=16") && page(index).contains(" valid"))
        index.valid = false
        #expect(page(index).contains("invalid"))
        index.name += "_next"
        #expect(page(index).contains("unfinished"))
    }

    @Test func `how many sections wait is said once`() {
        let health = GetHealthResponse(
            status: .serving,
            components: [.init(name: "outbox", status: .serving, message: "41 sections wait")]
        )
        var statistics = GetStatisticsResponse(outboxPending: 42)
        statistics.embeddingSpaces = [EmbeddingSpace(name: "main", outboxPending: 42)]
        let page = StatusOutput(health: health, version: nil, statistics: statistics, migrations: nil)
            .page(.plain).description
        #expect(!page.contains("41") && page.components(separatedBy: "42").count == 2, "\(page)")
    }
}
