internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct SavedSearchWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show who matches a search, and then who starts and ceases to.",
        discussion: """
            Goes on until Ctrl-C, also after the service was away, at the address that client.json has then. With --output json one answer a line, each with the token that --from \
            goes on after.

            EXAMPLES
              likeness saved-search watch nurses --once
              likeness saved-search watch nurses --skip-existing --output json
            """
    )

    @Argument(help: "Name of the search.")
    var name: String

    @Option(help: "Go on after the answer that named this token.", transform: GivenText.read)
    var from = ""

    @Flag(help: "Without --from: leave out who matches already.")
    var skipExisting = false

    @Flag(help: "End when all that is known now was shown.")
    var once = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withConnection { connection, options in
            let stream = ResumedStream(after: self.from)
            defer {
                if Task.isCancelled, let way = stream.wayOn() { Console.say("likeness: \(way)") }
            }
            try await stream.run(on: connection, options) { client in
                let request = WatchSearchRequest(
                    name: self.name,
                    resumeToken: stream.token,
                    skipExisting: self.skipExisting
                )
                return try await client.savedSearches.watchSearch(request, options: options) { responses in
                    while let response = try await responses.next() {
                        let output = SearchEventsOutput(response: response)
                        try self.outputOptions.write(response) { style in
                            output.lines(style) + (self.once && response.caughtUp ? output.end(style) : "")
                        }
                        stream.shown(response.resumeToken)
                        if self.once, response.caughtUp { return true }
                    }
                    return false
                }
            }
        }
    }
}
