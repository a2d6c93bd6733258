internal import ArgumentParser
internal import FoundationEssentials
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// A state that a profile had: a revision, or a time.
struct PointArgument: ExpressibleByArgument {
    let point: PointInTime

    init?(argument: String) {
        if let revision = Int64(argument), revision > 0 {
            self.point = PointInTime(point: .revision(revision))
            return
        }
        // A day stands for its beginning.
        let text = argument.utf8.count == 10 ? argument + "T00:00:00Z" : argument
        guard let time = TimestampText.time(text) else { return nil }
        self.point = PointInTime(point: .time(ProtobufTimestamp(seconds: time.seconds, nanos: Int32(time.nanos))))
    }
}

/// Which page of a history is shown.
struct HistoryPageOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Writes on a page, 1 to 100; at most 20 with --values or --mask.")
    var limit: Int32 = 20

    @Option(help: "Go on after the page that named this token.", transform: GivenText.read)
    var pageToken = ""

    func validate() throws {
        guard (1...100).contains(self.limit) else {
            throw ValidationError("--limit must be between 1 and 100, not \(self.limit)")
        }
    }
}

struct ProfileHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show who changed what of a profile, the last first.",
        discussion: """
            As long as the service keeps it (retention.history). Through a mask only changes of what it shows are there, without \
            callers and revisions.

            EXAMPLES
              likeness profile history ada-lovelace
              likeness profile history ada-lovelace --values --output json
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Flag(help: "With the values that were changed.")
    var values = false

    @OptionGroup var page: HistoryPageOptions
    @OptionGroup var mask: MaskOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = ListRevisionsRequest(
                key: self.argument.key,
                pageSize: self.page.limit,
                pageToken: self.page.pageToken,
                showOldValues: self.values,
                mask: self.mask.mask
            )
            let response = try await client.profiles.listRevisions(request, options: options)
            let output = try HistoryOutput(response: response)
            try self.outputOptions.write(response) { output.table($0) }
        }
    }
}

struct ProfileDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two states of a profile.",
        discussion: """
            A state is a revision, a day or a time such as 2026-11-30T09:00:00Z.

            EXAMPLES
              likeness profile diff ada-lovelace --from 1
              likeness profile diff ada-lovelace --from 2026-11-01 --to 2026-11-30
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Option(help: "The earlier state.")
    var from: PointArgument

    @Option(help: "The later state (default: the present one).")
    var to: PointArgument?

    @OptionGroup var mask: MaskOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = DiffRevisionsRequest(
                key: self.argument.key,
                from: self.from.point,
                to: self.to?.point,
                mask: self.mask.mask
            )
            let response = try await client.profiles.diffRevisions(request, options: options)
            let output = try DifferenceOutput(response: response)
            try self.outputOptions.write(response) { output.page($0) }
        }
    }
}

struct ProfileRevertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Make a profile what it was: a new revision with the content of an earlier one.",
        discussion: """
            EXAMPLES
              likeness profile revert ada-lovelace 1
              likeness profile revert ada-lovelace 2026-11-29T18:00:00Z
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Argument(help: "A revision, a day or a time.")
    var point: PointArgument

    @Option(help: "Only when the profile still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = RestoreRevisionRequest(
                key: self.argument.key,
                point: self.point.point,
                ifRevision: self.ifRevision
            )
            let response = try await client.profiles.restoreRevision(request, options: options)
            let profile = response.profile ?? Profile()
            Redirection.report(from: response.redirectedFrom, to: profile.slug)
            try self.outputOptions.write(response) { _ in "\(profile.slug) has revision \(profile.revision)\n" }
        }
    }
}
