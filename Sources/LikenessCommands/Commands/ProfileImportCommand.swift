internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessFormats
internal import LikenessMessages

struct ProfileImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create or update profiles from résumés and tables of people.",
        discussion: """
            FILE holds JSON Resume documents: one, a list of them, or one a line (JSON Lines); or rows with a header (CSV, with \
            commas, semicolons or tabs); or the archive that LinkedIn gives a member, or the folder that it was unpacked to; or \
            the XML of Europass. It may be packed with gzip, or a pipe, and - reads standard input. Of a table, titles as \
            "First name", "Company" or "Skills" are understood, --column TITLE=FIELD says what others are, and what has no \
            column stays as it is stored: docs/import.md. JSON Resume 1.0 and earlier are read, and what names its parts alike; what \
            has no field is kept in attributes. Dates are read as people write them in many languages ("since 2018" and \
            "2018/10至今" have no end); of a place, city, region, country and country code are stored; HTML in texts becomes plain text.

            A person is found again by what the document says: external-id (meta.externalIds, such as {"crm": "42"}), \
            slug (meta.canonical in the form of a slug), canonical \
            (meta.canonical otherwise), id, email, or url with the name. The first of --match that it has counts; what \
            templates fill in, such as the address of the schema, does not. Without any, equal content is the stored person, \
            and other content is a new one: names never merge people. A stored person whom the key names is replaced when the \
            name is the same, or some of it and no experiences contradict, or an experience is, and no e-mail address \
            contradicts; another one is refused without --allow-rename.

            Each line is created, updated, unchanged or refused, with warnings for what was not read. A document that is \
            refused is reported with its line number and does not stop the others; so is one that describes no person, such as a mask.

            EXAMPLES
              likeness profile import examples/profiles.jsonl
              likeness profile import examples/one-profile.json --no-wait --match email,url
              likeness profile import examples/people.csv --column "Known for=summary"
              likeness profile import examples/linkedin
            """
    )

    @Argument(help: "File or pipe to read, or - for standard input.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("What distinguishes one person from another, first to last, or none.", valueName: "kind,…")
    )
    var match = PersonIdentity.Kind.usual.map(\.rawValue).joined(separator: ",")

    @Option(help: ArgumentHelp("What the file is, where its content does not tell.", valueName: "format"))
    var format: ImportFile.Format?

    @Option(
        name: .customLong("column"),
        help: ArgumentHelp(
            "Of a table: what a column is about; TITLE=none leaves it out. Repeatable.",
            valueName: "title=field"
        )
    )
    var columns: [String] = []

    @Flag(help: "Replace a stored person whom the key names, also when nothing else says that it is the same one.")
    var allowRename = false

    @Flag(inversion: .prefixedNo, help: "Wait until every section can be found by meaning.")
    var wait = true

    @Flag(help: "No progress bar.")
    var quiet = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard self.kinds != nil else {
            let all = PersonIdentity.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--match takes some of \(all) with commas between, or none")
        }
        if let column = self.columns.first(where: { TableColumnChoice(argument: $0) == nil }) {
            let fields = TableField.words.joined(separator: ", ")
            throw ValidationError("--column \"\(column)\": TITLE=FIELD, where FIELD is one of \(fields)")
        }
    }

    private var kinds: [PersonIdentity.Kind]? {
        if self.match == "none" { return [] }
        let names = self.match.split(separator: ",", omittingEmptySubsequences: false)
        let kinds = names.compactMap { PersonIdentity.Kind(rawValue: $0.trimmed()) }
        return kinds.count == names.count && !kinds.isEmpty ? kinds : nil
    }

    private func readFile() throws -> ImportFile {
        try ImportFile(
            try InputFile.read(self.file),
            format: self.format,
            match: self.kinds ?? [],
            columns: self.columns.compactMap(TableColumnChoice.init(argument:)),
            name: URL(filePath: self.file).lastPathComponent
        )
    }

    /// The tables that LinkedIn's archive was unpacked to.
    private func readFolder() throws -> ImportFile {
        guard self.format ?? .linkedin == .linkedin, self.columns.isEmpty else {
            throw FormatError("is a folder, which is read as LinkedIn's only: leave --format and --column out")
        }
        let names = try InputFolder.names(in: self.file)
        let files = names.filter(LinkedInExport.wants).map { name in
            LinkedInExport.File(
                name: name,
                contents: Result { () throws(FormatError) in
                    do throws(InputFile.Failure) {
                        let data = try InputFolder.read(name, in: self.file, bytesMax: ZipArchive.entryBytesMax)
                        return Array(data)
                    } catch {
                        throw FormatError(error.description)
                    }
                }
            )
        }
        let others = names.filter { !LinkedInExport.wants($0) }
        return try ImportFile(LinkedInExport(files: files, others: others), match: self.kinds ?? [])
    }

    func run() async throws {
        let documents: ImportFile
        do {
            documents = InputFolder.isFolder(self.file) ? try self.readFolder() : try self.readFile()
        } catch {
            throw CommandFailure("\(self.file): \(error)", exitCode: 1)
        }
        guard documents.count > 0 else { throw CommandFailure("\(self.file): holds no document", exitCode: 1) }
        let report = try await self.connection.withClient { client, options in
            var options = options
            // Without an answer the import goes on.
            let health = try? await client.admin.getHealth(.init(), options: options)
            if let people = health?.components.first(where: { $0.name == "people" }) {
                Console.say("likeness: warning: \(people.message)")
            }
            if options.timeout == nil { options.timeout = .seconds(300) }
            var importer = ProfileImporter(
                client: client,
                options: options,
                waits: self.wait,
                allowsRename: self.allowRename,
                progress: ProgressBar(title: "importing", total: documents.count, quiet: self.quiet)
            )
            return await importer.run(documents)
        }
        for line in report.remarks(on: self.file) { Console.say(line) }
        try self.outputOptions.write(report) { report.rendered(style: $0) }
        if let stop = report.stop { throw CommandFailure.describing(stop) }
        if report.refused > 0 { throw ExitCode(1) }
    }
}

extension ImportFile.Format: ExpressibleByArgument {}
