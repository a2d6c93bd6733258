internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessLoad
internal import LikenessMessages

@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness-load",
        abstract: "Put load on a Likeness service, and say how it bears it.",
        discussion: """
            EXAMPLES
              likeness-load --concurrency 16 --duration 10s
              likeness-load --rate 500 --fail-if 'p99>20ms' --fail-if 'errors>0'
              likeness-load --rate 100..2000 --duration 60s --html report.html
              likeness-load --mix vector=60,text=20,hybrid=10,get=10 --rate 500
              likeness-load find-limit --p99 20ms
              likeness-load compare before.json after.json --fail-if-slower 5%
              likeness-load generate --profiles 1000 > people.jsonl

            EXIT STATUS
              0    measured, and nothing failed
              1    a threshold was passed, a goal missed, or, without thresholds,
                   a call failed
              2    could not be done: no service, no such method, a file that cannot
                   be read or written, output that cannot be written
              64   wrong usage
              130  interrupted; what was measured until then was reported
              141  what reads the output has stopped, as head does
            """,
        version: Program.version(ProductVersion.current),
        subcommands: [
            RunCommand.self, FindLimitCommand.self, CompareCommand.self, GenerateCommand.self,
            EmbeddingBankCommand.self, EmbedderLimitCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )

    static func main() async {
        do {
            var command = Program.parse(Self.self, Arguments.joined(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // An interrupt ends with its own status whatever it broke.
            if Terminal.wasInterrupted, !(error is ExitCode) { Foundation.exit(Terminal.interruptedCode) }
            Program.end(Self.self, with: error, failureStatus: 2)
        }
        Foundation.exit(0)
    }
}
