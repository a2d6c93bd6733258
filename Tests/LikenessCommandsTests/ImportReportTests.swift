import LikenessConsole
import LikenessMessages
import Testing

@testable import LikenessCommands

@Suite struct ImportReportTests {
    private static func report(_ warnings: [(line: Int, warning: ResumeWarning)]) -> ImportReport {
        var report = ImportReport()
        for (line, warning) in warnings {
            report.add(.init(line: line, outcome: .created, warnings: [warning]))
        }
        return report
    }

    @Test func `a warning that most lines have is written three times and counted`() {
        var warnings = (1...980).map { line in
            (line, ResumeWarning(path: "work[\(line % 7)].startDate", message: "not a date: \"spring \(line)\""))
        }
        warnings.append((981, ResumeWarning(path: "basics.fax", message: "not read: kept in attributes")))
        let report = Self.report(warnings)
        #expect(
            report.remarks(on: "people.jsonl").map(\.description) == [
                "people.jsonl:1: warning: work[1].startDate: not a date: \"spring 1\"",
                "people.jsonl:2: warning: work[2].startDate: not a date: \"spring 2\"",
                "people.jsonl:3: warning: work[3].startDate: not a date: \"spring 3\"",
                "people.jsonl: and 977 more like this: --output json has them all",
                "people.jsonl:981: warning: basics.fax: not read: kept in attributes",
            ]
        )
        #expect(report.warningCount == 981)
    }

    @Test(arguments: 1...6) func `nothing is left out where the sentence for it takes as much room`(count: Int) {
        let warnings = (1...count).map { ($0, ResumeWarning(path: "a", message: "b")) }
        #expect(Self.report(warnings).remarks(on: "f").count == min(count, 4))
    }
}
