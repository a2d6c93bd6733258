internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ProfileImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create or update profiles from JSON Resume documents.",
        discussion: """
            FILE holds one document, a list of them, or one document a line (JSON Lines), packed with gzip or not; it may be \
            a pipe, and - reads standard input. JSON Resume 1.0 and earlier are read, and what names its parts alike; what \
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
            """
    )

    @Argument(help: "File or pipe to read, or - for standard input.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("What distinguishes one person from another, first to last, or none.", valueName: "kind,…")
    )
    var match = PersonIdentity.Kind.usual.map(\.rawValue).joined(separator: ",")

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
    }

    private var kinds: [PersonIdentity.Kind]? {
        if self.match == "none" { return [] }
        let names = self.match.split(separator: ",", omittingEmptySubsequences: false)
        let kinds = names.compactMap { PersonIdentity.Kind(rawValue: $0.trimmed()) }
        return kinds.count == names.count && !kinds.isEmpty ? kinds : nil
    }

    func run() async throws {
        let data: Data
        do {
            data = try InputFile.read(self.file)
        } catch {
            throw CommandFailure("\(self.file): \(error)", exitCode: 1)
        }
        let documents = JSONResumeFile(data, match: self.kinds ?? [])
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
