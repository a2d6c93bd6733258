internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ProfileWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show the changes of profiles as they are made.",
        discussion: """
            Goes on until Ctrl-C, also after the service was away. With --output json one answer a line, each with the token that --from goes \
            on after; with --state FILE that is kept in a file, and the next run goes on from there.

            EXAMPLES
              likeness profile watch --from snapshot --mask internal
              likeness profile watch --profiles --output json --state feed.token
              likeness profile watch --from snapshot --filter 'location = "*GB"' --once
            """
    )

    @Option(
        help: "now, snapshot (all live profiles first), or the token of an answer to go on after.",
        transform: GivenText.read
    )
    var from: String?

    @Option(help: "Only profiles that pass this filter; docs/filters.md has the language.", transform: GivenText.read)
    var filter = ""

    @OptionGroup var mask: MaskOption

    @Flag(help: "Events have the profiles, for --output json.")
    var profiles = false

    @Option(help: "File that keeps how far it came; it goes on from there without --from.", transform: GivenText.read)
    var state: String?

    @Flag(help: "End when all that is known now was shown.")
    var once = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let file = self.state.map { TokenState(path: $0) }
        var request = WatchProfilesRequest(
            filter: self.filter,
            mask: self.mask.mask,
            showProfiles: self.profiles
        )
        switch self.from {
        case "now"?: request.start = .now
        case "snapshot"?: request.start = .snapshot
        case let token?: request.resumeToken = token
        case nil: request.resumeToken = try file?.read() ?? ""
        }
        let start = request
        try await self.connection.withConnection { connection, options in
            let stream = ResumedStream(after: start.resumeToken)
            defer {
                if Task.isCancelled || self.once, let way = stream.wayOn(file: self.state) {
                    Console.say("likeness: \(way)")
                }
            }
            do {
                try await stream.run(on: connection, options) { client in
                    var request = start
                    request.resumeToken = stream.token
                    return try await client.profiles.watchProfiles(request, options: options) { responses in
                        while let response = try await responses.next() {
                            let output = ProfileEventsOutput(response: response)
                            try self.outputOptions.write(response) { output.lines($0) }
                            // Behind what was shown: what was not is shown again.
                            try file?.write(response.resumeToken)
                            stream.shown(response.resumeToken)
                            if self.once, response.caughtUp { return true }
                        }
                        return false
                    }
                }
            } catch let error as LikenessError where error.reason == "RESUME_TOKEN_EXPIRED" {
                throw CommandFailure.answered(
                    error,
                    notes: ["--from snapshot shows all live profiles, and then what changes"]
                )
            }
        }
    }
}
