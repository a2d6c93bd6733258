internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ProfileExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all profiles, or those that pass a filter, to a file.",
        discussion: """
            One profile a line. jsonl has all that the service knows of each, and profile import reads it back with ids and slugs; \
            json-resume is what other programs read, and has what such a document holds: docs/import.md.

            A file gets its name when it is whole: until then it is FILE.….partial, and an export that is interrupted leaves none. It is \
            packed with gzip where the name ends in .gz. The exit status is 1 when a profile was too large to be sent; it is named.

            EXAMPLES
              likeness profile export --output-file people.jsonl.gz
              likeness profile export --filter 'location = "*GB"' --format json-resume
              likeness profile export --mask recruiter | jq -r .displayName
            """
    )

    @Option(help: "Only profiles that pass this filter; docs/filters.md has the language.", transform: GivenText.read)
    var filter = ""

    @OptionGroup var mask: MaskOption

    @Option(help: "What a line is: jsonl (as the service has it) or json-resume.")
    var format: ExportFormat = .jsonl

    @Option(
        help: ArgumentHelp("File to write, or - for standard output.", valueName: "file"),
        completion: .file()
    )
    var outputFile = "-"

    @Flag(help: "No progress, and no count at the end.")
    var quiet = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let lines = try ExportLines(self.format)
        let totals = try await self.connection.withClient { client, options in
            try await client.profiles.exportProfiles(
                .init(filter: self.filter, mask: self.mask.mask),
                options: options
            ) { responses in
                let file = self.outputFile == "-" ? nil : try OutputFile(self.outputFile)
                var progress = ProgressCount(title: "exporting", quiet: self.quiet)
                defer { progress.finish() }
                var found = ExportTotals()
                var totals: ExportTotals?
                while let response = try await responses.next() {
                    for profile in response.profiles {
                        let line = try lines.line(profile)
                        if let file {
                            try file.write(line)
                        } else {
                            try Console.output.write(DisplayText(json: line))
                        }
                    }
                    for id in response.tooLargeIds {
                        progress.finish()
                        Console.say("likeness: \(id) is not exported: the profile is larger than a message may be")
                    }
                    found.profiles += Int64(response.profiles.count)
                    found.tooLarge += Int64(response.tooLargeIds.count)
                    totals = response.totals
                    progress.show(Int(found.profiles))
                }
                // What ends without a word has not ended.
                guard totals == found else {
                    throw CommandFailure("the export ended before it was whole", exitCode: 1)
                }
                try file?.finish()
                return found
            }
        }
        if !self.quiet {
            let count: DisplayText = "exported \(totals.profiles) profile\(totals.profiles == 1 ? "" : "s")"
            if self.outputFile == "-" {
                Console.say("likeness: \(count)")
            } else {
                try Console.output.writeLine("\(count) to \(self.outputFile)")
            }
        }
        if totals.tooLarge > 0 { throw ExitCode(1) }
    }
}
