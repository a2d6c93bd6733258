internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import Synchronization

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
            var request = WatchSearchRequest(
                name: self.name,
                resumeToken: self.from,
                skipExisting: self.skipExisting
            )
            defer {
                if Task.isCancelled, !request.resumeToken.isEmpty {
                    Console.say("likeness: it goes on with --from \(TerminalText.line(request.resumeToken))")
                }
            }
            var pause = Self.firstPause
            while true {
                do {
                    let before = request.resumeToken
                    if try await self.watch(connection.client, &request, options) { return }
                    if request.resumeToken != before { pause = Self.firstPause }
                } catch let error as LikenessError where Self.passes(error) && options.timeout == nil {
                    Console.say("likeness: \(TerminalText.line(error.message)); going on in a moment")
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
                await connection.renew()
            }
        }
    }

    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(10)

    /// Whether the stream may go on later from where it was.
    private static func passes(_ error: LikenessError) -> Bool {
        error.code == .unavailable || error.code == .deadlineExceeded
    }

    /// - Returns: Whether all was shown that is to be.
    private func watch(
        _ client: LikenessClient,
        _ request: inout WatchSearchRequest,
        _ options: CallOptions
    ) async throws -> Bool {
        let last = LastToken(request.resumeToken)
        defer { request.resumeToken = last.text.withLock { $0 } }
        return try await client.savedSearches.watchSearch(request, options: options) { responses in
            while let response = try await responses.next() {
                let output = SearchEventsOutput(response: response)
                try self.outputOptions.write(response) { style in
                    output.lines(style) + (self.once && response.caughtUp ? output.end(style) : "")
                }
                last.text.withLock { $0 = response.resumeToken }
                if self.once, response.caughtUp { return true }
            }
            return false
        }
    }

    /// What the stream goes on after, also when it ends with an error.
    private final class LastToken: Sendable {
        let text: Mutex<String>

        init(_ text: String) { self.text = Mutex(text) }
    }
}
