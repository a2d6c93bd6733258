internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct AdminEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Remove a profile for good, with all that was made from it.",
        discussion: """
            It may be live or soft-deleted, and cannot be restored. What backups hold of it goes with them; the answer says when. The \
            id that is printed can be given again after an answer that did not arrive.

            EXAMPLE
              likeness admin erase john-smith --confirm
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Flag(help: "It is meant: nothing brings the profile back.")
    var confirm = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard self.confirm else {
            throw ValidationError("an erased profile cannot be restored: --confirm says that it is meant")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            var key = self.argument.key
            if case .id? = key.key {
                // One that was erased already is answered by its id.
            } else {
                // By its id, so that a call that is repeated means the same one.
                let request = GetProfileRequest(key: key, readMask: .init(paths: ["id"]))
                let found = try await client.profiles.getProfile(request, options: options)
                key = ProfileKey(key: .id(found.profile?.id ?? ""))
                Console.say("likeness: erasing \(key.argument)")
            }
            let response = try await client.admin.eraseProfile(EraseProfileRequest(key: key), options: options)
            try self.outputOptions.write(response) { _ in
                let until = response.backupsExpireTime?.rfc3339 ?? ""
                return "erased \(response.id); backups may hold it until \(until)\n"
            }
        }
    }
}
