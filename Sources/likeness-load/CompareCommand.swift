internal import ArgumentParser
internal import Foundation
internal import LikenessLoad

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the JSON reports of two runs: faster, slower, or no difference.",
        discussion: """
            Every second of a run is a sample. A difference counts when a rank test leaves less than one chance in a \
            hundred, when the interval of the change does not hold 0, and when it is a hundredth or more. Runs under \
            5 s are too short to tell.

            EXAMPLES
              likeness-load compare before.json after.json --fail-if-slower 5%
            """
    )

    @Argument(help: "Report of the run before.", completion: .file(extensions: ["json"]))
    var before: String

    @Argument(help: "Report of the run after.", completion: .file(extensions: ["json"]))
    var after: String

    @Option(help: "Exit with 1 when a figure is slower by more than this beyond doubt: 5%.")
    var failIfSlower: String?

    func validate() throws {
        guard self.failIfSlower.map({ Share(text: $0) != nil }) ?? true else {
            throw ValidationError("--fail-if-slower is like 5%")
        }
    }

    func run() async throws {
        let comparison = Comparison(before: try Self.report(self.before), after: try Self.report(self.after))
        print(comparison.text)
        guard let text = self.failIfSlower, let share = Share(text: text) else { return }
        let slower = comparison.slower(by: share.value)
        for row in slower { Terminal.say("FAILED  \(row.name) is slower by more than \(text)") }
        if comparison.rows.contains(where: { $0.verdict == .tooShort }) {
            Terminal.say("FAILED  the runs are too short to tell")
            throw ExitCode(1)
        }
        if !slower.isEmpty { throw ExitCode(1) }
    }

    private static func report(_ file: String) throws -> LoadReport {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw LoadError("\(file): cannot be read")
        }
        return try LoadReport(json: data, name: file)
    }
}
