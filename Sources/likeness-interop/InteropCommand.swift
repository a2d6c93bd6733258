internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessMessages

@main
struct InteropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness-interop",
        abstract: "Serve and call the methods that clients and servers of other makes are tested against.",
        discussion: """
            EXAMPLES
              likeness-interop serve --data-dir /tmp/interop --listen 127.0.0.1:7543
              likeness-interop serve --data-dir /tmp/interop --set hello-timeout-ms=200
              likeness-interop client --connect /tmp/interop/client.json large_unary
            """,
        version: Program.version(ProductVersion.current),
        subcommands: [
            ServeCommand.self, ClientCommand.self, OverloadCommand.self, SoakCommand.self, RestartCommand.self,
            AgeCommand.self, RotationCommand.self, FairnessCommand.self,
        ]
    )
    static func main() async {
        do {
            var command = Program.parse(Self.self)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Program.end(Self.self, with: error)
        }
        Foundation.exit(0)
    }
}
