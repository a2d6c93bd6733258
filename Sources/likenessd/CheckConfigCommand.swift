internal import ArgumentParser
internal import LikenessConsole
internal import LikenessServer

struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Read the settings of serve, the files and the model; start nothing.",
        discussion: """
            EXAMPLE
              likenessd check-config --config /etc/likeness/likenessd.json

            Every problem is one line on standard error, with the name of its setting.

            EXIT STATUS
              0   serve would take the configuration
              1   it would not
            """
    )

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await DaemonRun.toExit(logLevel: nil) {
            let configuration = try await self.settings.load()
            let problems = await Doctor.problems(of: configuration)
            guard problems.isEmpty else { throw ConfigurationError(problems) }
            try Console.output.writeLine("the configuration can be used")
        }
    }
}
