internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct MaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mask",
        abstract: "Keep views of profiles: what of them is seen.",
        subcommands: [
            MaskCreateCommand.self, MaskGetCommand.self, MaskListCommand.self, MaskUpdateCommand.self,
            MaskDeleteCommand.self, MaskRestoreCommand.self, MaskValidateCommand.self, MaskSelectCommand.self,
            MaskImportCommand.self,
        ]
    )
}

/// The file of a command that reads one mask.
struct MaskFileArgument: ParsableArguments {
    @Argument(help: "File with the mask as JSON, as `mask get --output json` prints it, or - for standard input.")
    var file: String

    func mask() throws -> Mask {
        let masks = try MaskFile.read(self.file)
        guard masks.count == 1 else {
            throw CommandFailure("\(self.file): holds \(masks.count) masks where one is wanted", exitCode: 1)
        }
        return masks[0]
    }
}

struct MaskCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Store a new mask.",
        discussion: """
            EXAMPLE
              likeness mask create brief.json

            A mask, as JSON: {"name": "brief", "configuration": {"skills": {"maxItems": 5}}}
            """
    )

    @OptionGroup var argument: MaskFileArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let mask = try self.argument.mask()
        try await self.connection.withClient { client, options in
            let response = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: options)
            try self.outputOptions.write(response) { _ in "created \(response.mask?.name ?? "")\n" }
        }
    }
}

struct MaskGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show one mask.",
        discussion: """
            EXAMPLES
              likeness mask get public
              likeness mask get public --output json | jq .mask.configuration
            """
    )

    @Argument(help: "Name of the mask.")
    var name: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.admin.getMask(GetMaskRequest(name: self.name), options: options)
            let output = try MaskOutput(mask: response.mask ?? Mask())
            try self.outputOptions.write(response) { output.page($0) }
        }
    }
}

struct MaskListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List masks by name, page by page.",
        discussion: """
            EXAMPLES
              likeness mask list
              likeness mask list --deleted --output json
            """
    )

    @Flag(help: "Show soft-deleted masks too.")
    var deleted = false

    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = ListMasksRequest(
                pageSize: self.page.limit,
                pageToken: self.page.pageToken,
                showDeleted: self.deleted
            )
            let response = try await client.admin.listMasks(request, options: options)
            try self.outputOptions.write(response) { MaskListOutput(response: response).table($0) }
        }
    }
}

struct MaskUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a mask to what a file says.",
        discussion: """
            The file names the mask. Without --fields its description and its configuration are replaced.

            EXAMPLES
              likeness mask update brief.json --if-revision 3
              likeness mask update brief.json --fields configuration.skills,description
            """
    )

    @OptionGroup var argument: MaskFileArgument

    @Option(
        help: ArgumentHelp(
            "Paths of what is changed: description, configuration.filter, … (default: *)",
            valueName: "path,…"
        ),
        transform: FieldPaths.read
    )
    var fields: [String] = []

    @Option(help: "Only when the mask still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let mask = try self.argument.mask()
        try await self.connection.withClient { client, options in
            let request = UpdateMaskRequest(
                mask: mask,
                updateMask: .init(paths: self.fields.isEmpty ? ["*"] : self.fields),
                ifRevision: self.ifRevision
            )
            let response = try await client.admin.updateMask(request, options: options)
            try self.outputOptions.write(response) { _ in
                "\(response.mask?.name ?? "") has revision \(String(response.mask?.revision ?? 0))\n"
            }
        }
    }
}

struct MaskDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Soft-delete a mask: no read can name it, and it can be restored.",
        discussion: """
            Callers that are bound to it read nothing until it is restored.

            EXAMPLE
              likeness mask delete brief
            """
    )

    @Argument(help: "Name of the mask.")
    var name: String

    @Option(help: "Only when the mask still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.admin.deleteMask(
                DeleteMaskRequest(name: self.name, ifRevision: self.ifRevision),
                options: options
            )
            try self.outputOptions.write(response) { _ in "deleted \(response.mask?.name ?? "")\n" }
        }
    }
}

struct MaskRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a soft-deleted mask.",
        discussion: """
            EXAMPLE
              likeness mask restore brief
            """
    )

    @Argument(help: "Name of the mask.")
    var name: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.admin.restoreMask(RestoreMaskRequest(name: self.name), options: options)
            try self.outputOptions.write(response) { _ in "restored \(response.mask?.name ?? "")\n" }
        }
    }
}

struct MaskValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Say all that is wrong with a mask, and store nothing.",
        discussion: """
            Ends with status 1 when something is.

            EXAMPLE
              likeness mask validate brief.json
            """
    )

    @OptionGroup var argument: MaskFileArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let mask = try self.argument.mask()
        try await self.connection.withClient { client, options in
            let response = try await client.admin.validateMask(ValidateMaskRequest(mask: mask), options: options)
            try self.outputOptions.write(response) { _ in
                guard !response.faults.isEmpty else { return "\(TerminalText.line(mask.name)) can be stored\n" }
                return response.faults
                    .map { "\(TerminalText.line($0.field)) \(TerminalText.line($0.description))" as DisplayText }
                    .joined(separator: "\n") + "\n"
            }
            if !response.faults.isEmpty { throw ExitCode(1) }
        }
    }
}

struct MaskSelectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "select",
        abstract: "Propose masks that you may name in reads, and that fit some tags.",
        discussion: """
            EXAMPLES
              likeness mask select
              likeness mask select --tag public --tag remote
            """
    )

    @Option(help: "A tag of the profiles that are to be seen; again for more.")
    var tag: [String] = []

    @Option(parsing: .unconditional, help: "Masks wanted, 1 to 100.")
    var limit: Int32 = 10

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...100).contains(self.limit) else {
            throw ValidationError("--limit must be between 1 and 100, not \(self.limit)")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = SelectMaskRequest(tags: self.tag, limit: self.limit)
            let response = try await client.admin.selectMask(request, options: options)
            try self.outputOptions.write(response) { MaskProposalsOutput(response: response).table($0) }
        }
    }
}

struct MaskImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create or replace masks from a file of JSON objects.",
        discussion: """
            A mask is found again by its name; one that is equal to the stored one is left untouched. The first that is \
            refused ends the import.

            EXAMPLE
              likeness mask import examples/masks.jsonl
            """
    )

    @Argument(help: "File with masks, one JSON object after the other, or - for standard input.", completion: .file())
    var file: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let masks = try MaskFile.read(self.file)
        try await self.connection.withClient { client, options in
            var report = MaskImportReport()
            for (index, mask) in masks.enumerated() {
                do {
                    report.masks.append(.init(name: mask.name, outcome: try await Self.store(mask, client, options)))
                } catch let error as LikenessError {
                    let failure = CommandFailure.answered(error)
                    throw CommandFailure(
                        "\(self.file): \(MaskDocuments.place(index, mask)): \(failure.description)",
                        exitCode: failure.exitCode,
                        notes: failure.notes + (index == 0 ? [] : ["The \(index) before it are stored."])
                    )
                }
            }
            try self.outputOptions.write(report) { _ in
                report.masks.map { "\($0.outcome) \(TerminalText.line($0.name))\n" as DisplayText }.joined(
                    separator: ""
                )
            }
        }
    }
}

extension MaskImportCommand {
    /// - Returns: What became of it.
    private static func store(
        _ mask: Mask,
        _ client: LikenessClient,
        _ options: CallOptions
    ) async throws -> String {
        let stored: Mask?
        do {
            stored = try await client.admin.getMask(GetMaskRequest(name: mask.name), options: options).mask
        } catch let error as LikenessError where error.code == .notFound {
            stored = nil
        }
        guard let stored else {
            _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: options)
            return "created"
        }
        let request = UpdateMaskRequest(mask: mask, updateMask: .init(paths: ["*"]), ifRevision: stored.revision)
        let updated = try await client.admin.updateMask(request, options: options).mask
        return updated?.revision == stored.revision ? "unchanged" : "updated"
    }
}

/// What became of each mask of a file.
struct MaskImportReport: Encodable {
    struct Item: Encodable {
        let name: String
        let outcome: String
    }

    var masks: [Item] = []
}
