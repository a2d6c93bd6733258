internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessServer

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Look at, or apply, the schema migrations of the database.",
        discussion: """
            EXAMPLES
              likenessd migrate status --config likenessd.json
              likenessd migrate up --config likenessd.json

            What the database's role may not do itself, such as CREATE EXTENSION vector, is said by both, as commands for a \
            superuser, before anything is changed.

            EXIT STATUS
              status: 0 when this program can work with the database, 1 when it cannot
            """,
        subcommands: [MigrateStatusCommand.self, MigrateUpCommand.self]
    )
}

struct MigrateStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the migrations and their state."
    )

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await DaemonRun.toExit(logLevel: "warning") {
            let status = try await SchemaCommand.status(try await self.settings.load(serves: false))
            for line in status.lines { try Console.output.writeLine("\(line)") }
            if !status.isCurrent { throw ExitCode(1) }
        }
    }
}

struct MigrateUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "up", abstract: "Apply what has not been applied yet.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await DaemonRun.toExit(logLevel: "info") {
            let applied = try await SchemaCommand.up(try await self.settings.load(serves: false))
            if applied.isEmpty { try Console.output.writeLine("nothing to apply") }
            for name in applied { try Console.output.writeLine("applied \(name)") }
        }
    }
}
