internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessLoad

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the JSON reports of runs, before and after: faster, slower, or no difference.",
        discussion: """
            Every second of a run is a sample. A difference counts when a rank test leaves less than one chance in a \
            hundred, when the interval of the change does not hold 0, when it is a hundredth or more, and when every \
            pair of runs went the same way. Runs under 5 s are too short to tell.

            One pair cannot tell a slower service from a machine that was busier: make several, in turn, and give all.

            EXAMPLES
              likeness-load compare before.json after.json --fail-if-slower 5%
              likeness-load compare b1.json a1.json b2.json a2.json b3.json a3.json
            """
    )

    @Argument(
        help: "Reports: of a run before and of one after, and of more such pairs.",
        completion: .file(extensions: ["json"])
    )
    var reports: [String]

    @Option(help: "Exit with 1 when a figure is slower by more than this beyond doubt: 5%.")
    var failIfSlower: String?

    func validate() throws {
        guard !self.reports.isEmpty, self.reports.count.isMultiple(of: 2) else {
            throw ValidationError("reports come in pairs: before.json after.json")
        }
        guard self.failIfSlower.map({ Share(text: $0) != nil }) ?? true else {
            throw ValidationError("--fail-if-slower is like 5%")
        }
    }

    func run() async throws {
        let comparison = Comparison(
            try stride(from: 0, to: self.reports.count, by: 2).map { index in
                (try Self.report(self.reports[index]), try Self.report(self.reports[index + 1]))
            }
        )
        try Console.output.writeLine(DisplayText(lines: comparison.text))
        guard let text = self.failIfSlower, let share = Share(text: text) else { return }
        let slower = comparison.slower(by: share.value)
        for row in slower { Console.say("FAILED  \(row.name) is slower by more than \(text)") }
        for (verdict, why) in [
            (Comparison.Verdict.tooShort, "the runs are too short to tell"),
            (.unclear, "one pair tells too little on a full machine: make three in turn"),
        ] where comparison.rows.contains(where: { $0.verdict == verdict }) {
            Console.say("FAILED  \(why)")
            throw ExitCode(1)
        }
        if !slower.isEmpty { throw ExitCode(1) }
    }

    private static func report(_ file: String) throws -> LoadReport {
        do {
            return try LoadReport(json: try InputFile.read(file), name: file)
        } catch let error as InputFile.Failure {
            throw LoadError("\(file): \(error)")
        }
    }
}
