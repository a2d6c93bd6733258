internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

struct AdminPersonalDataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "personal-data",
        abstract: "Write all that is stored about one person to a file.",
        discussion: """
            For a person who asks what is held about them. One JSON object a line: the profile, what it was before each write that is \
            kept, rows of every other table that has anything of it, and at the end which tables those are and what each is for.

            A file gets its name when it is whole, and is packed with gzip where the name ends in .gz. Logs and backups are not in it; \
            the last line says until when backups hold what was stored.

            EXAMPLES
              likeness admin personal-data ada-lovelace --output-file ada.jsonl
              likeness admin personal-data ada-lovelace | jq -r '.row.table // empty'
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Option(
        help: ArgumentHelp("File to write, or - for standard output.", valueName: "file"),
        completion: .file()
    )
    var outputFile = "-"

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let lines = try PersonalDataLines()
        let totals = try await self.connection.withClient { client, options in
            try await client.admin.exportPersonalData(.init(key: self.argument.key), options: options) { responses in
                let file = self.outputFile == "-" ? nil : try OutputFile(self.outputFile)
                var totals: PersonalDataTotals?
                while let response = try await responses.next() {
                    for line in try lines.lines(response) {
                        if let file {
                            try file.write(line)
                        } else {
                            try Console.output.write(DisplayText(json: line))
                        }
                    }
                    totals = response.totals
                }
                // What ends without a word has not ended.
                guard let totals else { throw CommandFailure("the export ended before it was whole", exitCode: 1) }
                try file?.finish()
                return totals
            }
        }
        let rows = totals.tables.reduce(0) { $0 + $1.rowCount }
        let count: DisplayText = "exported \(rows) row\(rows == 1 ? "" : "s") of \(totals.tables.count) tables"
        if self.outputFile == "-" {
            Console.say("likeness: \(count)")
        } else {
            try Console.output.writeLine("\(count) to \(self.outputFile)")
        }
    }
}

/// Makes lines of an export of personal data.
private struct PersonalDataLines {
    private let transcoder: JSONTranscoder
    private let type: MessageDescriptor

    init() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        guard let type = pool.message(ExportPersonalDataResponse.fullName) else {
            throw CommandFailure("the contract has no personal data", exitCode: 1)
        }
        (self.type, self.transcoder) = (type, JSONTranscoder(pool: pool))
    }

    /// An object for each item, whose one member says what it is: "profile", "revision", "row" or "totals".
    func lines(_ response: ExportPersonalDataResponse) throws -> [String] {
        guard case .object(let members) = try self.transcoder.json(of: try response.encodedBytes(), as: self.type)
        else {
            return []
        }
        return members.flatMap { member -> [JSONNode] in
            guard case .array(let items) = member.value else { return [.object([member])] }
            // A list is called by the plural of what it holds.
            return items.map { .object([.init(String(member.name.dropLast()), Self.opened($0))]) }
        }.map { $0.text() + "\n" }
    }

    /// A row's columns as JSON, and not as a text of JSON.
    private static func opened(_ node: JSONNode) -> JSONNode {
        guard case .object(let members) = node else { return node }
        return .object(
            members.map { member in
                guard member.name == "rowJson", case .string(let text) = member.value,
                    let row = try? JSONParser.parse(Array(text.utf8))
                else { return member }
                return .init("columns", row)
            }
        )
    }
}
