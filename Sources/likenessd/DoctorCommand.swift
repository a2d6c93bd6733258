internal import ArgumentParser
internal import LikenessConsole
internal import LikenessServer

struct DoctorCommand: AsyncParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at all that serve needs, and say how to mend what is wrong.",
        discussion: """
            EXAMPLES
              likenessd doctor --config /etc/likeness/likenessd.json
              likenessd doctor --config likenessd.json --output json | jq -c '.[]'

            Run it as the account of the service: what that may read is looked at too. It \
            changes nothing, and may run beside the service.

            EXIT STATUS
              0   nothing keeps the service from working; there may be warnings
              1   something does
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(help: "text, or json: one array of objects.")
    var output = Output.text

    func run() async throws {
        try await DaemonRun.toExit(logLevel: "critical") {
            let source = try self.settings.source()
            let findings = await Doctor.examine { try await source.load() }
            switch self.output {
            case .text: for finding in findings { try Self.write(finding) }
            case .json:
                let objects = findings.map(\.json).joined(separator: ",\n ")
                try Console.output.writeLine(DisplayText(json: "[\(objects)]"))
            }
            if findings.contains(where: { $0.status == .fail }) { throw ExitCode(1) }
        }
    }

    private static func write(_ finding: Finding) throws {
        let status = finding.status.rawValue
        let gap = DisplayText.spaces(6 - status.count)
        try Console.output.writeLine("\(status)\(gap)\(finding.check): \(finding.message)")
        if !finding.remedy.isEmpty { try Console.output.writeLine("      to mend it: \(finding.remedy)") }
    }
}
