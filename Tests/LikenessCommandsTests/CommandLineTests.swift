import ArgumentParser
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
}
