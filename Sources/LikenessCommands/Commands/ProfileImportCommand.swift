internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessMessages

struct ProfileImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create or update profiles from JSON Resume 1.0 documents.",
        discussion: """
            FILE holds one document, or one document a line (JSON Lines); - reads standard input. A profile is found
            again by its slug (meta.canonical, or derived from the name), so importing a file twice changes nothing.
            A document that is refused is reported with its line number and does not stop the others.

            EXAMPLES
              likeness profile import examples/profiles.jsonl
              likeness profile import resume.json --no-wait
            """
    )

    @Argument(help: "File to read, or - for standard input.", completion: .file())
    var file: String

    @Flag(inversion: .prefixedNo, help: "Wait until every section can be found by meaning.")
    var wait = true

    @Flag(help: "No progress bar.")
    var quiet = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        let data: Data
        if self.file == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else if let contents = FileManager.default.contents(atPath: self.file) {
            data = contents
        } else {
            throw CommandFailure("\(self.file): cannot be read", exitCode: 1)
        }
        let documents = JSONResumeFile(data)
        guard documents.count > 0 else { throw CommandFailure("\(self.file): holds no document", exitCode: 1) }
        let report = try await self.connection.withClient { client, options in
            var options = options
            if options.timeout == nil { options.timeout = .seconds(300) }
            var importer = ProfileImporter(
                client: client,
                options: options,
                waits: self.wait,
                progress: ProgressBar(title: "importing", total: documents.count, quiet: self.quiet)
            )
            return try await importer.run(documents)
        }
        for failure in report.failures {
            OutputOptions.printError("\(self.file):\(failure.line): \(failure.reason)")
        }
        try self.outputOptions.write(report) { _ in report.sentence }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }
}

/// What an import did, document by document.
struct ImportReport: Encodable {
    struct Failure: Encodable {
        let line: Int
        let reason: String
    }

    var created = 0
    var updated = 0
    var unchanged = 0
    var failures: [Failure] = []

    var sentence: String {
        "\(self.created) created, \(self.updated) updated, \(self.unchanged) unchanged, \(self.failures.count) refused\n"
    }
}

/// Sends documents in batches and keeps the report.
struct ProfileImporter {
    let client: LikenessClient
    let options: CallOptions
    let waits: Bool
    var progress: ProgressBar

    private var report = ImportReport()
    private var batch: [(line: Int, profile: Profile)] = []
    private var batchBytes = 0
    private var done = 0

    /// Small enough to show progress, large enough to be quick; well under a frame and the contract's 200.
    private static let batchCountMax = 50
    private static let batchBytesMax = 1 << 20

    init(client: LikenessClient, options: CallOptions, waits: Bool, progress: ProgressBar) {
        self.client = client
        self.options = options
        self.waits = waits
        self.progress = progress
    }

    mutating func run(_ documents: JSONResumeFile) async throws -> ImportReport {
        for item in documents {
            switch item.profile {
            case .failure(let error):
                self.report.failures.append(.init(line: item.line, reason: "\(error)"))
                self.done += 1
            case .success(let profile):
                let violations = profile.violations()
                guard violations.isEmpty else {
                    let reasons = violations.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
                    self.report.failures.append(.init(line: item.line, reason: reasons))
                    self.done += 1
                    continue
                }
                let bytes = try profile.encodedBytes().count
                if self.batch.count == Self.batchCountMax || self.batchBytes + bytes > Self.batchBytesMax {
                    try await self.send()
                }
                self.batch.append((item.line, profile))
                self.batchBytes += bytes
            }
        }
        try await self.send()
        self.progress.finish()
        self.report.failures.sort { $0.line < $1.line }
        return self.report
    }

    private mutating func send() async throws {
        defer { self.progress.show(self.done) }
        guard !self.batch.isEmpty else { return }
        let request = BatchUpsertProfilesRequest(
            profiles: self.batch.map(\.profile),
            waitFor: self.waits ? .embedded : .committed
        )
        let response = try await self.client.profiles.batchUpsertProfiles(request, options: self.options)
        for (item, result) in zip(self.batch, response.results) {
            switch result.result {
            case .upserted(let upserted)?:
                switch upserted.outcome {
                case .created: self.report.created += 1
                case .updated: self.report.updated += 1
                default: self.report.unchanged += 1
                }
            case .error(let status)?: self.report.failures.append(.init(line: item.line, reason: status.message))
            case nil: self.report.failures.append(.init(line: item.line, reason: "the service gave no answer for it"))
            }
        }
        self.done += self.batch.count
        self.batch.removeAll()
        self.batchBytes = 0
    }
}
