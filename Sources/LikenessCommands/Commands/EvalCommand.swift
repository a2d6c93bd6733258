internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure how good searches are, by queries whose answers were judged.",
        discussion: """
            Asks each query in each mode and compares the first hits with the judgements: nDCG, recall and MRR (mean reciprocal rank), of all \
            queries and of each kind. --compare reads the JSON of an earlier run, by another version, model, server or mask, and tests \
            whether the same queries fare better than by chance.

            A file of queries is JSON with the judgements in it, as examples/queries/examples.json has them; JSON Lines \
            ({"id": "1", "text": "nurse", "kind": "words"}); or lines of an id and a text with a tab between. --qrels adds \
            judgements as TREC writes them (query 0 profile grade) or as JSON Lines ({"query": "1", "profile": \
            "florence-nightingale", "grade": 3}). Profiles are named by slug or id; grades are 0 to 10, and above 0 is relevant. \
            docs/evaluation.md has the formulas.

            EXAMPLES
              likeness eval --queries examples/queries/examples.json
              likeness eval --queries examples/queries/forms.json --output json > run.json
              likeness eval --queries examples/queries/forms.json --compare run.json
            """
    )

    @Option(help: "Queries to ask, or - for standard input.", completion: .file())
    var queries: String

    @Option(help: "Judgements, where they are not with the queries.", completion: .file())
    var qrels: String?

    @Option(help: "How to match: hybrid, vector or text; again for more. All three unless given.")
    var mode: [SearchModeArgument] = []

    @Option(parsing: .unconditional, help: "How many of the first hits count, 1 to 1000.")
    var cutoff = 10

    @Option(help: "Search only profiles that pass this filter.", transform: GivenText.read)
    var filter = ""

    @Option(help: "Search through this mask.", transform: GivenText.read)
    var mask = ""

    @Option(help: "Search in this embedding space, not in the active one.", transform: GivenText.read)
    var embeddingSpace = ""

    @Flag(help: "Compare with every embedding instead of asking the index.")
    var exact = false

    @Option(help: "Compare with this run, which --output json printed.", completion: .file())
    var compare: String?

    @Flag(help: "No progress bar.")
    var quiet = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1_000).contains(self.cutoff) else {
            throw ValidationError("--cutoff must be between 1 and 1000, not \(self.cutoff)")
        }
        guard [self.queries, self.qrels, self.compare].count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("- is given twice, and standard input can be read once")
        }
        // The service does not look for a space that it does not need.
        guard self.embeddingSpace.isEmpty || self.modes != [.text] else {
            throw ValidationError("--embedding-space does nothing for --mode text: leave one of them out")
        }
    }

    /// In the order in which they are asked.
    private var modes: [SearchModeArgument] {
        SearchModeArgument.allCases.filter { self.mode.isEmpty || self.mode.contains($0) }
    }

    /// Most that is read of each file.
    private static let bytesMax = 256 << 20

    func run() async throws {
        let set = try self.judgedQueries()
        let before = try self.earlierRun()
        let queries = set.queries.filter { $0.grades.values.contains { $0 > 0 } }
        guard !queries.isEmpty else {
            throw CommandFailure("\(self.qrels ?? self.queries): no query has a relevant profile", exitCode: 1)
        }
        if queries.count < set.queries.count {
            let count = set.queries.count - queries.count
            Console.say("likeness: warning: \(count) of \(set.queries.count) queries left out: no profile is relevant")
        }
        if set.strayJudgements > 0 {
            Console.say("likeness: warning: judgements of queries that are not there: \(set.strayJudgements)")
        }
        let modes = self.modes
        let outcome = try await self.connection.withClient { client, options in
            var progress = ProgressBar(title: "searching", total: queries.count * modes.count, quiet: self.quiet)
            defer { progress.finish() }
            let evaluator = QueryEvaluator(
                client: client,
                options: options,
                cutoff: self.cutoff,
                settings: self.settings
            )
            return try await evaluator.run(queries, modes: modes) { progress.show($0) }
        }
        if !outcome.missing.isEmpty {
            let some = outcome.missing.prefix(3).joined(separator: ", ")
            Console.say(
                "likeness: warning: judged profiles that are not there, counted as not found: \(outcome.missing.count) (\(TerminalText.line(some)))"
            )
        }
        let report = EvaluationReport(name: set.name, cutoff: self.cutoff, modes: outcome.modes, before: before)
        try self.outputOptions.write(report) { EvaluationOutput(report: report).page($0) }
    }

    private var settings: QueryRequest {
        var request = QueryRequest()
        request.filter = self.filter
        request.mask = self.mask
        request.embeddingSpace = self.embeddingSpace
        request.precision = self.exact ? .exact : .unspecified
        return request
    }

    private func judgedQueries() throws -> JudgedQueries {
        var set = try Self.reading(self.queries) { data throws(JudgedQueries.Fault) in try JudgedQueries(queries: data)
        }
        guard let qrels = self.qrels else { return set }
        return try Self.reading(qrels) { data throws(JudgedQueries.Fault) in
            try set.judge(data)
            return set
        }
    }

    private func earlierRun() throws -> EvaluationReport? {
        guard let path = self.compare else { return nil }
        let report = try Self.reading(path) { data throws(JudgedQueries.Fault) in try EvaluationReport(json: data) }
        guard report.cutoff == self.cutoff else {
            throw CommandFailure(
                "\(path): was measured with --cutoff \(report.cutoff), not \(self.cutoff)",
                exitCode: 1
            )
        }
        return report
    }

    private static func reading<Value>(
        _ path: String,
        _ body: (Data) throws(JudgedQueries.Fault) -> Value
    ) throws -> Value {
        do {
            return try body(try InputFile.read(path, bytesMax: Self.bytesMax))
        } catch {
            throw CommandFailure("\(path): \(error)", exitCode: 1)
        }
    }
}
