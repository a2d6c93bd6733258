internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessServer

@main
struct LikenessDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likenessd",
        abstract: "Serve profiles and searches over the likeness/1 protocol.",
        discussion: """
            EXAMPLES
              likenessd dev --data-dir dev --listen 127.0.0.1:7443
              likenessd migrate up --config /etc/likeness/likenessd.json
              likenessd serve --config /etc/likeness/likenessd.json

            `dev` needs no configuration: it makes a private database, certificates and client.json in its folder.
            `serve` is for production: everything is explicit and nothing is made.

            EXIT STATUS
              0   stopped after a signal, with all calls answered
              1   could not start, or lost what it needs; output that cannot be written
              64  wrong usage
              141 what reads the output has stopped, as head does
            """,
        version: Program.version(ProductVersion.current),
        subcommands: [
            DevCommand.self, ServeCommand.self, MigrateCommand.self, TokenCommand.self, StatementCommand.self,
            SettingsCommand.self, CheckConfigCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = Program.parse(Self.self, redacting: ConfigurationError.redacted)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Program.end(Self.self, with: error, redacting: ConfigurationError.redacted)
        }
        Foundation.exit(0)
    }
}
