internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessLoad

/// Where the figures go, and which of them fail the run.
struct ResultOptions: ParsableArguments {
    @Option(help: "On standard output: text, json or csv.")
    var output = "text"

    @Option(help: "Write the JSON report to this file too.", completion: .file(extensions: ["json"]))
    var json: String?

    @Option(help: "Write the seconds as CSV to this file.", completion: .file(extensions: ["csv"]))
    var csv: String?

    @Option(
        help: "Write the steps of --steps or of a ramp as CSV to this file.",
        completion: .file(extensions: ["csv"])
    )
    var stepsCSV: String?

    @Option(help: "Write a page with plots to this file.", completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Show the histogram of actual minus planned send times.")
    var accuracy = false

    @Flag(help: "Show nothing while it runs.")
    var quiet = false

    @Option(help: "Fail when this holds, like p99>20ms or errors>0.1%; may be repeated.")
    var failIf: [String] = []

    func validate() throws {
        guard ["text", "table", "json", "csv"].contains(self.output) else {
            throw ValidationError("--output is text, json or csv")
        }
        _ = try self.thresholds()
    }

    private func thresholds() throws -> [Threshold] {
        try self.failIf.map { text in
            do { return try Threshold(text) } catch { throw ValidationError("\(error)") }
        }
    }

    /// - Throws: `ExitCode` when a threshold was passed, nothing was answered, or, without thresholds, anything failed.
    func write(_ report: LoadReport) throws {
        let data = try report.json()
        switch self.output {
        case "json": try Console.output.writeLine(DisplayText(json: String(decoding: data, as: UTF8.self)))
        case "csv": try Console.output.write(DisplayText(lines: CSVReport.text(report)))
        default:
            try Console.output.writeLine(DisplayText(lines: TextReport(report, showsSchedule: self.accuracy).text))
        }
        if let file = self.json { try Self.write(data, to: file) }
        if let file = self.csv { try Self.write(Data(CSVReport.text(report).utf8), to: file) }
        if let file = self.stepsCSV { try Self.write(Data(CSVReport.steps(report).utf8), to: file) }
        if let file = self.html { try Self.write(Data(HTMLReport.text(report).utf8), to: file) }
        let verdicts = try self.thresholds().map { $0.verdict(report) }
        for verdict in verdicts { Console.say("\(verdict.line)") }
        if self.output != "text", self.output != "table" {
            for (code, count) in report.errors.sorted(by: { $0.key < $1.key }) { Console.say("\(code): \(count)") }
            for warning in report.tester.warnings { Console.say("warning: \(warning)") }
        }
        if Terminal.wasInterrupted { throw ExitCode(Terminal.interruptedCode) }
        if verdicts.contains(where: \.failed) || report.isEmpty { throw ExitCode(1) }
        if verdicts.isEmpty, report.notAnswered > 0 { throw ExitCode(1) }
    }

    /// Called before a run, rather than after an hour of it.
    static func checkWritable(_ files: String?...) throws {
        for file in files.compactMap(\.self) {
            let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
            // A file takes the place of another, so that its folder is what matters.
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw LoadError("\(file): cannot be written")
            }
        }
    }

    static func write(_ data: Data, to file: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: file), options: .atomic)
        } catch {
            throw LoadError("\(file): cannot be written")
        }
    }
}
