internal import ArgumentParser
internal import LikenessConsole
internal import LikenessServer

struct StatementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "Print the SQL text of a search by vector, for EXPLAIN and pgbench.",
        discussion: """
            EXAMPLE
              likenessd statement --database "host=/run/postgresql dbname=likeness"
              PGOPTIONS=$(likenessd statement --settings --database "dbname=likeness")
            """
    )

    @Option(help: "libpq connection string or URI.")
    var database: String

    @Option(help: "Hits, 1 to 1000.")
    var limit = 10

    @Flag(help: "Print PGOPTIONS for it instead: with other settings it has another plan.")
    var settings = false

    func run() async throws {
        try await DaemonRun.toExit(logLevel: "warning") {
            let statement = try await SearchStatementCommand.vectorStatement(
                database: self.database,
                limit: self.limit
            )
            try Console.output.writeLine(DisplayText(lines: self.settings ? statement.options : statement.text))
        }
    }
}
