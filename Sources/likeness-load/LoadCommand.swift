internal import ArgumentParser

@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness-load",
        abstract: "Put load on a Likeness service, and say how it bears it.",
        discussion: """
            EXAMPLES
              likeness-load --concurrency 16 --duration 10s
              likeness-load --rate 500 --duration 30s --html report.html --fail-if 'p99>20ms' --fail-if 'errors>0'
              likeness-load --rate 100..2000 --ramp 30s --duration 60s --mix vector=60,text=20,hybrid=10,get=10
              likeness-load find-limit --p99 20ms
              likeness-load compare before.json after.json --fail-if-slower 5%
            """,
        subcommands: [RunCommand.self, FindLimitCommand.self, CompareCommand.self, GenerateCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
