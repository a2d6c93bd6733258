internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

enum SearchModeArgument: String, ExpressibleByArgument, CaseIterable {
    case hybrid, vector, text

    var mode: SearchMode {
        switch self {
        case .hybrid: .hybrid
        case .vector: .vector
        case .text: .text
        }
    }
}

enum GroupByArgument: String, ExpressibleByArgument, CaseIterable {
    case profile, section

    var groupBy: GroupBy {
        switch self {
        case .profile: .profile
        case .section: .section
        }
    }
}

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find profiles by meaning and by words.",
        discussion: """
            EXAMPLES
              likeness search "founded a hospital"
              likeness search "sending messages through the air" --mode vector --limit 5
              likeness search nurse --mode text --output json | jq -r '.hits[]?.score'
              likeness search "founded a hospital" --min-relevance 0.5
              likeness search "calm under pressure" \\
                  --filter 'experiences(category = WORK AND start_date >= 1850)'
              likeness search --like florence-nightingale --unlike mary-seacole
              likeness search "founded a hospital" --like florence-nightingale
              likeness search "nurse" --page-window 100 --limit 5
              likeness search "wrote programs" --mask blind
              likeness search nurse --mode text --facet skills.name --facet location
              likeness search "founded a hospital" --limit 3 --sections 3
              likeness search "founded a hospital" --group-by section
              likeness search "nurse" --mode text --order-by "years_of_experience desc"
              likeness search "nurse" --diversity 0.3 --boost-completeness 0.2 --explain
              likeness search "nurse" --fields display_name,experiences --output json
              likeness search "founded a hospital" --limit 3 --explain
              likeness search "founded a hospital" --explain --plans

            Modes: hybrid fuses both rankings, vector compares meanings, text matches words.
            How relevant hits are was judged for single texts. It is not known, and --min-relevance refused, with --like, \
            --group-by section, --boost-recency, --boost-completeness, long texts, other models, and through masks with \
            weights such as blind and recruiter.
            --explain shows where the time went, what each score is made of, and which statements ran; --plans and \
            --analyze add PostgreSQL's plans and need the role admin.
            --like and --unlike compare with what profiles did and can do; beside a text both count the same.
            Filters: = != < <= > >= and : (has), AND, OR (binds tighter), NOT, parentheses; docs/filters.md has the fields.
            """
    )

    @Argument(help: ArgumentHelp("What to look for, in your own words.", valueName: "text"))
    var words: [String] = []

    /// All words as one text, quoted by the shell or not; `nil` when there are none.
    var text: String? { self.words.isEmpty ? nil : self.words.joined(separator: " ") }

    @Option(
        help: ArgumentHelp("Find profiles like this one; again for more.", valueName: "id-or-slug"),
        transform: GivenText.read
    )
    var like: [String] = []

    @Option(
        help: ArgumentHelp("And unlike this one; again for more.", valueName: "id-or-slug"),
        transform: GivenText.read
    )
    var unlike: [String] = []

    @Option(help: "How to match: hybrid, vector or text.")
    var mode: SearchModeArgument = .hybrid

    @Option(parsing: .unconditional, help: "Hits wanted, 1 to 1000.")
    var limit: Int32 = 10

    @Option(parsing: .unconditional, help: "Leave out hits that score less, -1 to 1.")
    var minScore: Double = 0

    @Option(
        parsing: .unconditional,
        help: "Leave out hits that are less relevant, 0 to 1; refused where none was judged."
    )
    var minRelevance: Double = 0

    @Option(help: "Search only profiles that pass this filter.", transform: GivenText.read)
    var filter = ""

    @Option(help: "Search through this mask: only what it shows is searched and shown.", transform: GivenText.read)
    var mask = ""

    @Option(
        parsing: .unconditional,
        help: "Keep so many hits, up to 10000, for pages of --limit hits each; 0 keeps none."
    )
    var pageWindow: Int32 = 0

    @Option(help: "Show the page that this token names, with everything else as it was.", transform: GivenText.read)
    var pageToken = ""

    @Option(
        help: ArgumentHelp("Count the values of this field, as filters name it; again for more.", valueName: "field"),
        transform: GivenText.read
    )
    var facet: [String] = []

    @Option(parsing: .unconditional, help: "Values of each facet, 1 to 100; 10 unless given.")
    var facetLimit: Int32?

    @Option(help: "Count only values in which a word begins with this.")
    var facetPrefix: String?

    @Option(
        parsing: .unconditional,
        help: "Hits to count, up to 1000, where not all that match are counted; 0 leaves that to the service."
    )
    var facetWindow: Int32?

    @Flag(help: "Count each facet without the parts of --filter that ask for its own field alone.")
    var facetsIgnoreOwnFilter = false

    @Option(
        help: ArgumentHelp(
            "Fields of the profile that hits carry, with commas between them; --output json has them.",
            valueName: "paths"
        ),
        transform: FieldPaths.read
    )
    var fields: [String] = []

    @Option(parsing: .unconditional, help: "Show so many sections of each hit with their scores, up to 10.")
    var sections: Int32 = 0

    @Option(
        help: ArgumentHelp(
            "What each hit is: a profile, or a section, with the same profile several times.",
            valueName: "profile|section"
        )
    )
    var groupBy: GroupByArgument?

    @Option(
        help: ArgumentHelp(
            "Order hits by update_time, display_name or years_of_experience; \"desc\" behind it is the other way.",
            valueName: "field"
        ),
        transform: GivenText.read
    )
    var orderBy = ""

    @Option(
        parsing: .unconditional,
        help: "How much hits are to differ from those before them, 0 to 1."
    )
    var diversity: Double = 0

    @Option(parsing: .unconditional, help: "What a profile gains for being new, 0 to 1.")
    var boostRecency: Double = 0

    @Option(parsing: .unconditional, help: "Days after which half of that is left, 1 to 36500; 365 unless given.")
    var halfLifeDays: Int32 = 0

    @Option(parsing: .unconditional, help: "What a profile gains for being complete, 0 to 1.")
    var boostCompleteness: Double = 0

    @Option(
        parsing: .unconditional,
        help: "The best hits to choose among for these, up to 1000; 0 leaves that to the service."
    )
    var window: Int32 = 0

    @Flag(help: "Compare with every embedding instead of asking the index.")
    var exact = false

    @Flag(help: "Show how the answer came about instead of the hits' passages.")
    var explain = false

    @Flag(help: "With --explain: add PostgreSQL's plans of the statements. Role admin.")
    var plans = false

    @Flag(help: "With --explain: add plans with what happened; runs each statement once more. Role admin.")
    var analyze = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1_000).contains(self.limit) else {
            throw ValidationError("--limit must be between 1 and 1000, not \(self.limit)")
        }
        guard (0...10_000).contains(self.pageWindow) else {
            throw ValidationError("--page-window must be between 0 and 10000, not \(self.pageWindow)")
        }
        if let limit = self.facetLimit, !(1...100).contains(limit) {
            throw ValidationError("--facet-limit must be between 1 and 100, not \(limit)")
        }
        if let window = self.facetWindow, !(0...1_000).contains(window) {
            throw ValidationError("--facet-window must be between 0 and 1000, not \(window)")
        }
        for (option, isGiven) in [
            ("--facet-limit", self.facetLimit != nil), ("--facet-prefix", self.facetPrefix != nil),
            ("--facet-window", self.facetWindow != nil),
            ("--facets-ignore-own-filter", self.facetsIgnoreOwnFilter),
        ] where isGiven && self.facet.isEmpty {
            throw ValidationError("\(option) needs a --facet: name a field to count")
        }
        for facet in self.facet where facet.contains(",") && !facet.contains("\"") {
            let fields = facet.split(separator: ",").map { "--facet \($0.trimmed())" }.joined(separator: " ")
            throw ValidationError("--facet names one field; for several repeat the option: \(fields)")
        }
        guard (0...10).contains(self.sections) else {
            throw ValidationError("--sections must be between 0 and 10, not \(self.sections)")
        }
        for (option, value) in [
            ("--diversity", self.diversity), ("--boost-recency", self.boostRecency),
            ("--boost-completeness", self.boostCompleteness),
        ] where !(0...1).contains(value) {
            throw ValidationError("\(option) must be between 0 and 1, not \(value)")
        }
        guard (0...36_500).contains(self.halfLifeDays) else {
            throw ValidationError("--half-life-days must be between 1 and 36500, not \(self.halfLifeDays)")
        }
        guard (0...1_000).contains(self.window) else {
            throw ValidationError("--window must be between 0 and 1000, not \(self.window)")
        }
        guard self.halfLifeDays == 0 || self.boostRecency > 0 else {
            throw ValidationError("--half-life-days needs --boost-recency")
        }
        guard !self.explain || (self.sections == 0 && self.fields.isEmpty) else {
            throw ValidationError("--explain shows no --sections and --fields")
        }
        guard (-1...1).contains(self.minScore) else {
            throw ValidationError("--min-score must be between -1 and 1, not \(self.minScore)")
        }
        guard (0...1).contains(self.minRelevance) else {
            throw ValidationError("--min-relevance must be between 0 and 1, not \(self.minRelevance)")
        }
        guard self.text?.contains(where: { !$0.isWhitespace }) != false else {
            throw ValidationError("the text to search for is empty")
        }
        guard self.text != nil || !self.like.isEmpty else {
            throw ValidationError("what to search for is missing: a text, or --like with a profile")
        }
        guard self.pageToken.isEmpty || self.pageWindow > 0 else {
            throw ValidationError(
                "--page-token needs the --page-window of the command that printed it, and all else as it was there: "
                    + "only --limit, --fields and --sections may differ"
            )
        }
        guard self.explain || !(self.plans || self.analyze) else {
            throw ValidationError("--plans and --analyze belong to --explain")
        }
        guard !self.explain || (self.pageWindow == 0 && self.pageToken.isEmpty) else {
            throw ValidationError("--explain explains one answer, not pages")
        }
        guard self.unlike.isEmpty || !self.like.isEmpty else {
            throw ValidationError("--unlike needs a --like: name a profile to be like, too")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            if let word = UnclosedQuote.word(in: self.text ?? "") {
                Console.say(
                    "likeness: the quote before \(TerminalText.line(word)) is never closed: no phrase is searched for"
                )
            }
            var request = QueryRequest()
            request.query = self.query
            request.limit = self.limit
            request.minScore = self.minScore
            request.minRelevance = self.minRelevance
            request.filter = self.filter
            request.pageWindow = self.pageWindow
            request.pageToken = self.pageToken
            request.mask = self.mask
            request.facets = self.facet
            if !self.facet.isEmpty {
                request.facetOptions = FacetOptions(
                    limit: self.facetLimit ?? 10,
                    prefix: self.facetPrefix ?? "",
                    ignoreOwnFilter: self.facetsIgnoreOwnFilter,
                    window: self.facetWindow ?? 0
                )
            }
            if !self.fields.isEmpty { request.readMask = ProtobufFieldMask(paths: self.paths) }
            request.sectionsPerHit = self.sections
            request.groupBy = self.groupBy?.groupBy ?? .unspecified
            request.orderBy = self.orderBy
            request.diversity = self.diversity
            request.window = self.window
            if self.boostRecency > 0 || self.boostCompleteness > 0 {
                request.boosts = Boosts(
                    recency: self.boostRecency,
                    recencyHalfLifeDays: self.halfLifeDays,
                    completeness: self.boostCompleteness
                )
            }
            request.precision = self.exact ? .exact : .unspecified
            if self.explain {
                let asked = ExplainQueryRequest(query: request, plans: self.plans, analyze: self.analyze)
                let response = try await client.search.explainQuery(asked, options: options)
                return try self.outputOptions.write(response) { ExplainOutput(response: response).text($0) }
            }
            let response = try await client.search.query(request, options: options)
            let output = SearchOutput(response: response, isRelevanceExpected: self.isRated)
            try self.outputOptions.write(response) { output.table($0) }
        }
    }

    /// Whether hits have a relevance, but for what the service alone knows.
    private var isRated: Bool {
        self.like.isEmpty && self.groupBy != .section && self.boostRecency == 0 && self.boostCompleteness == 0
    }

    /// The fields that are asked for, and for people who it is.
    private var paths: [String] {
        let isNamed = self.outputOptions.output == .json || self.fields.contains("display_name")
        return self.fields + (isNamed || self.fields.contains("*") ? [] : ["display_name"])
    }

    private var query: Query {
        let examples: Query? =
            self.like.isEmpty
            ? nil
            : Query(
                ask: .examples(
                    ExampleQuery(
                        positive: self.like.map(ProfileKey.init(argument:)),
                        negative: self.unlike.map(ProfileKey.init(argument:))
                    )
                )
            )
        let text = self.text.map { Query(ask: .text(TextQuery(text: $0, mode: self.mode.mode))) }
        guard let examples, let text else { return text ?? examples ?? Query() }
        return Query(
            ask: .fusion(FusionQuery(queries: [SubQuery(query: text), SubQuery(query: examples)], method: .linear))
        )
    }
}
