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
        (["search", "x", "--min-score", "-2"], "--min-score must be between -1 and 1, not -2.0"),
        (["suggest", "x", "--limit", "-1"], "--limit must be between 1 and 50, not -1"),
        (["profile", "list", "--limit", "-1"], "--limit must be between 1 and 1000, not -1"),
    ])
    func `a number out of range is refused with the option and its range`(arguments: [String], message: String) {
        let error = #expect(throws: (any Error).self) { try LikenessCommand.parseAsRoot(arguments) }
        #expect(error.map { LikenessCommand.message(for: $0) } == message)
    }

    @Test func `a text that begins with a hyphen is explained, and stands after two`() async throws {
        let likeness = try BuiltProgram("likeness")
        let run = try await likeness.run(["search", "-physics"])
        #expect(run.status == 64 && run.errors.contains("'-physics' was read as options"), "\(run)")
        #expect(run.errors.contains("after -- everything is text, as in -- -physics"), "\(run)")
        let command = try #require(try LikenessCommand.parseAsRoot(["search", "--", "-physics"]) as? SearchCommand)
        #expect(command.text == "-physics")
    }

    @Test func `a client file that cannot be used is no answer of a service`() async throws {
        let run = try await BuiltProgram("likeness").run(["--connect", "/no/such/client.json", "health"])
        #expect(run.status == 64 && run.errors.contains("/no/such/client.json"), "\(run)")
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
