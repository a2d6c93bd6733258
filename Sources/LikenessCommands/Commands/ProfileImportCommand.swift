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
            the XML of Europass. It may be packed with gzip, or a pipe, and - reads standard input. Of several files, and of another \
            folder all files, each is read by itself: what cannot be read costs that file. Of a table, titles as \
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
              likeness profile import examples/resume.json examples/europass.xml
            """
    )

    @Argument(
        help: ArgumentHelp("Files, pipes or folders to read, or - for standard input.", valueName: "file"),
        completion: .file()
    )
    var files: [String]

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

    private func read(_ source: ImportSource) throws -> ImportFile {
        try source.read(
            format: self.format,
            match: self.kinds ?? [],
            columns: self.columns.compactMap(TableColumnChoice.init(argument:))
        )
    }

    func run() async throws {
        var sources: [ImportSource] = []
        var reports = ImportReports()
        for path in self.files {
            do {
                let (found, folders) = try ImportSource.all(at: path, format: self.format)
                sources += found
                for folder in folders { Console.say("\(path)/\(folder): a folder in a folder: not looked at") }
            } catch {
                if self.files.count == 1 { throw CommandFailure("\(path): \(error)", exitCode: 1) }
                self.say(path, unread: error, in: &reports)
            }
        }
        // One file that cannot be read needs no service.
        if self.files.count == 1, let source = sources.first, source.path == self.files[0] {
            let documents: ImportFile
            do { documents = try self.read(source) } catch {
                throw CommandFailure("\(source.path): \(error)", exitCode: 1)
            }
            return try await self.importOne(documents, of: source)
        }
        guard !sources.isEmpty else { throw ExitCode(1) }
        try await self.importAll(sources, &reports)
    }

    private func say(_ path: String, unread error: any Error, in reports: inout ImportReports) {
        reports.add(path, unread: "\(error)")
        Console.say("\(path): \(String(describing: error))")
    }

    private func importOne(_ documents: ImportFile, of source: ImportSource) async throws {
        let report = try await self.connection.withClient { client, options in
            await self.warn(client, options)
            var waits = self.wait
            return await self.send(documents, client, options, "importing", &waits)
        }
        for line in report.remarks(on: source.path) { Console.say(line) }
        try self.outputOptions.write(report) { report.rendered(style: $0) }
        if let stop = report.stop { throw CommandFailure.describing(stop) }
        if report.refused > 0 { throw ExitCode(1) }
    }

    private func importAll(_ sources: [ImportSource], _ reports: inout ImportReports) async throws {
        var found = reports
        let (all, stop) = try await self.connection.withClient { client, options in
            await self.warn(client, options)
            var stop: (any Error)?
            var waits = self.wait
            for (number, source) in sources.enumerated() {
                let documents: ImportFile
                do { documents = try self.read(source) } catch {
                    self.say(source.path, unread: error, in: &found)
                    continue
                }
                let title = "importing \(number + 1)/\(sources.count)"
                let report = await self.send(documents, client, options, title, &waits)
                for line in report.remarks(on: source.path) { Console.say(line) }
                found.add(source.path, report)
                guard report.stop == nil else {
                    stop = report.stop
                    for source in sources[(number + 1)...] {
                        found.add(source.path, unread: "the import stopped before it")
                    }
                    break
                }
            }
            return (found, stop)
        }
        reports = all
        try self.outputOptions.write(all) { all.rendered(style: $0) }
        if let stop { throw CommandFailure.describing(stop) }
        if !all.isComplete { throw ExitCode(1) }
    }

    /// Says what the service says of the people that are stored.
    private func warn(_ client: LikenessClient, _ options: CallOptions) async {
        // Without an answer the import goes on.
        let health = try? await client.admin.getHealth(.init(), options: options)
        if let people = health?.components.first(where: { $0.name == "people" }) {
            Console.say("likeness: warning: \(people.message)")
        }
    }

    /// - Parameter waits: Whether embeddings are waited for; no more once some did not come.
    private func send(
        _ documents: ImportFile,
        _ client: LikenessClient,
        _ options: CallOptions,
        _ title: String,
        _ waits: inout Bool
    ) async -> ImportReport {
        var options = options
        if options.timeout == nil { options.timeout = .seconds(300) }
        var importer = ProfileImporter(
            client: client,
            options: options,
            waits: waits,
            allowsRename: self.allowRename,
            progress: ProgressBar(title: title, total: documents.count, quiet: self.quiet)
        )
        let report = await importer.run(documents)
        waits = importer.waits
        return report
    }
}

extension ImportFile.Format: ExpressibleByArgument {}
