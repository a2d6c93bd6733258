internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ProfileDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Soft-delete profiles: they are no longer found, and can be restored.",
        discussion: """
            With several profiles each is deleted or refused for itself, and a line says so. One that is deleted already counts as deleted. With --atomic all are deleted, or none.

            EXAMPLES
              likeness profile delete ada-lovelace
              likeness profile delete ada-lovelace --if-revision 3
              likeness profile delete john-smith jane-smith crm:42
              likeness profile delete --file gone.txt --atomic
            """
    )

    @Argument(help: "Slugs or ids (UUID) of the profiles, or SYSTEM:ID for what another system calls them.")
    var profiles: [String] = []

    @Option(help: "File with more of them, one a line, or - for standard input.", completion: .file())
    var file: String?

    @Flag(help: "Delete all of them or none, in one transaction: at most \(Self.batchMax).")
    var atomic = false

    @Option(help: "Only when the one profile still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    /// Of one call.
    private static let batchMax = 200

    func validate() throws {
        guard !self.profiles.isEmpty || self.file != nil else {
            throw ValidationError("which profiles is missing: give their slugs or ids, or --file")
        }
        guard self.ifRevision == 0 || self.profiles.count == 1 && self.file == nil else {
            throw ValidationError("--if-revision is for one profile")
        }
    }

    func run() async throws {
        let names = try self.profiles + (self.file.map(Self.lines) ?? [])
        guard !names.isEmpty else { throw CommandFailure("\(self.file ?? ""): names no profile", exitCode: 1) }
        guard !self.atomic || names.count <= Self.batchMax else {
            throw CommandFailure("--atomic takes at most \(Self.batchMax) profiles, not \(names.count)", exitCode: 64)
        }
        if self.profiles.count == 1, self.file == nil {
            try await self.deleteOne(names[0])
        } else {
            try await self.delete(names)
        }
    }

    private static func lines(of file: String) throws -> [String] {
        do {
            let text = String(decoding: try InputFile.read(file), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).map { String($0.trimmed()) }.filter { !$0.isEmpty }
        } catch {
            throw CommandFailure("\(file): \(error)", exitCode: 1)
        }
    }

    private func deleteOne(_ name: String) async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.profiles.deleteProfile(
                DeleteProfileRequest(key: ProfileKey(argument: name), ifRevision: self.ifRevision),
                options: options
            )
            Redirection.report(from: response.redirectedFrom, to: response.profile?.slug ?? "")
            try self.outputOptions.write(response) { _ in "deleted \(response.profile?.slug ?? "")\n" }
        }
    }

    private func delete(_ names: [String]) async throws {
        let answer = try await self.connection.withClient { client, options in
            var answer = BatchDeleteProfilesResponse()
            var left = names[...]
            while !left.isEmpty {
                let keys = left.prefix(Self.batchMax).map { ProfileKey(argument: $0) }
                left = left.dropFirst(keys.count)
                do {
                    let request = BatchDeleteProfilesRequest(keys: keys, atomic: self.atomic)
                    let part = try await client.profiles.batchDeleteProfiles(request, options: options)
                    answer.results += part.results
                    if !part.consistencyToken.isEmpty { answer.consistencyToken = part.consistencyToken }
                } catch let error as LikenessError where !answer.results.isEmpty {
                    let failure = CommandFailure.answered(error)
                    throw CommandFailure(
                        failure.description,
                        exitCode: failure.exitCode,
                        notes: failure.notes + [
                            "The first \(answer.results.count) were deleted or refused before that."
                        ]
                    )
                }
            }
            return answer
        }
        try self.outputOptions.write(answer) { _ in
            answer.results.compactMap { result -> DisplayText? in
                guard case .deleted(let profile)? = result.result else { return nil }
                return "deleted \(profile.slug)\n"
            }.joined(separator: "")
        }
        var refused = 0
        for (name, result) in zip(names, answer.results) {
            switch result.result {
            case .deleted(let profile)?: Redirection.report(from: profile.redirectedFrom, to: profile.slug)
            case .error(let status)?:
                refused += 1
                Console.say("likeness: \(TerminalText.line(name)): \(TerminalText.condensed(status.message))")
            case nil: refused += 1
            }
        }
        if refused > 0 { throw ExitCode(1) }
    }
}
