package import ArgumentParser
internal import LikenessConsole
internal import LikenessMessages

/// `likeness`: search and keep profiles from a shell.
package struct LikenessCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "likeness",
        abstract: "Find people by what they have done.",
        discussion: """
            EXAMPLES
              likeness --connect dev/client.json search "founded a hospital"
              likeness profile import examples/profiles.jsonl
              likeness admin status
              likeness call SearchService/Query '{"query": {"text": {"text": "nurse"}}}'

            Where to connect: --connect FILE or LIKENESS_CONNECT, the client.json that `likenessd dev` writes.

            A shell completes commands and options after
              likeness --generate-completion-script bash \\
                  > ~/.local/share/bash-completion/completions/likeness

            EXIT STATUS
              0         done
              1         failed here: a file that cannot be read, output that cannot be
                        written, a profile of an import that was refused, an operation that
                        failed, a service that is not serving
              64        wrong usage, or a client.json with which no service can be called
              64 + N    the service answered with status code N: 67 INVALID_ARGUMENT,
                        69 NOT_FOUND, 71 PERMISSION_DENIED, 78 UNAVAILABLE and so on
              130, 143  interrupted by Ctrl-C, by SIGTERM
              141       what reads the output has stopped, as head does
            """,
        version: Program.version(ProductVersion.current),
        subcommands: [
            SearchCommand.self, SuggestCommand.self, SavedSearchCommand.self, EvalCommand.self, ProfileCommand.self,
            MaskCommand.self, AdminCommand.self,
            HealthCommand.self, ListCommand.self, DescribeCommand.self, CallCommand.self,
        ]
    )

    /// Here so that it may stand before the subcommand; subcommands have the same group and get what was given here.
    @OptionGroup var connection: ConnectionOptions

    package init() {}
}
