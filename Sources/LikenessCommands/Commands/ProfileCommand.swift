internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Read, list, watch, import, export, change, delete and restore profiles.",
        subcommands: [
            ProfileGetCommand.self, ProfileListCommand.self, ProfileImportCommand.self, ProfileExportCommand.self,
            ExperienceCommand.self, SkillCommand.self, ProfileDeleteCommand.self, ProfileRestoreCommand.self,
            ProfileHistoryCommand.self,
            ProfileDiffCommand.self, ProfileRevertCommand.self, ProfileWatchCommand.self,
        ]
    )
}

/// The profile a command is about.
struct ProfileKeyArgument: ParsableArguments {
    @Argument(help: "Slug or id (UUID) of the profile, or SYSTEM:ID for what another system calls it.")
    var profile: String

    var key: ProfileKey { ProfileKey(argument: self.profile) }
}

extension ProfileKey {
    init(_ externalID: ExternalId) { self.init(key: .externalId(externalID)) }

    /// An external id where it has a colon, which no slug has; an id where it has the form of one, or else a slug.
    init(argument: String) {
        if let colon = argument.firstIndex(of: ":") {
            let id = String(argument[argument.index(after: colon)...])
            self.init(ExternalId(system: String(argument[..<colon]), id: id))
            return
        }
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map(\.count)
        let isUUID = parts == [8, 4, 4, 4, 12] && argument.allSatisfy { $0.isHexDigit || $0 == "-" }
        self.init(key: isUUID ? .id(argument) : .slug(argument))
    }

    /// As `init(argument:)` reads it.
    var argument: String {
        switch self.key {
        case .id(let text)?, .slug(let text)?: text
        case .externalId(let id)?: "\(id.system):\(id.id)"
        case nil: ""
        }
    }
}

/// A profile was named by a slug that it had before.
enum Redirection {
    static func report(from slug: String, to now: String) {
        // One that was given back to it is no other.
        guard !slug.isEmpty, slug != now else { return }
        Console.say("likeness: the slug \(slug) is \(now) now")
    }
}

/// The view that a command reads through.
struct MaskOption: ParsableArguments {
    @Option(help: "Look through this mask; `mask list` has their names.", transform: GivenText.read)
    var mask = ""
}

struct ProfileGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show one profile.",
        discussion: """
            EXAMPLES
              likeness profile get ada-lovelace
              likeness profile get ada-lovelace --output json | jq .profile.summary
              likeness profile get ada-lovelace --mask recruiter
              likeness profile get wikidata:Q7259
              likeness profile get ada-lovelace --as-of 1
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Option(help: "As it was: a revision, a day or a time such as 2026-11-30T09:00:00Z.")
    var asOf: PointArgument?

    @OptionGroup var mask: MaskOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.profiles.getProfile(
                GetProfileRequest(key: self.argument.key, mask: self.mask.mask, asOf: self.asOf?.point),
                options: options
            )
            let output = ProfileOutput(profile: response.profile ?? Profile())
            // What it was may have been under any slug.
            if self.asOf == nil { Redirection.report(from: response.redirectedFrom, to: output.profile.slug) }
            try self.outputOptions.write(response) { output.page($0) }
        }
    }
}

struct ProfileListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List profiles by slug, page by page.",
        discussion: """
            EXAMPLES
              likeness profile list --limit 20
              likeness profile list --deleted --output json
              likeness profile list \\
                  --filter 'location = "*GB" AND experiences.start_date < 1850'
            """
    )

    @Option(help: "Only profiles that pass this filter; docs/filters.md has the language.", transform: GivenText.read)
    var filter = ""

    @Flag(help: "Show soft-deleted profiles too.")
    var deleted = false

    @OptionGroup var page: PageOptions
    @OptionGroup var mask: MaskOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = ListProfilesRequest(
                pageSize: self.page.limit,
                pageToken: self.page.pageToken,
                showDeleted: self.deleted,
                filter: self.filter,
                mask: self.mask.mask
            )
            let response = try await client.profiles.listProfiles(request, options: options)
            try self.outputOptions.write(response) { ProfileListOutput(response: response).table($0) }
        }
    }
}

struct ProfileRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a soft-deleted profile.",
        discussion: """
            EXAMPLE
              likeness profile restore ada-lovelace
            """
    )

    @OptionGroup var argument: ProfileKeyArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.profiles.restoreProfile(
                RestoreProfileRequest(key: self.argument.key),
                options: options
            )
            Redirection.report(from: response.redirectedFrom, to: response.profile?.slug ?? "")
            try self.outputOptions.write(response) { _ in "restored \(response.profile?.slug ?? "")\n" }
        }
    }
}
