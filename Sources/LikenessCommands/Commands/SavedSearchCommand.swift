internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct SavedSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saved-search",
        abstract: "Keep searches, and watch what starts and ceases to match them.",
        subcommands: [
            SavedSearchCreateCommand.self, SavedSearchGetCommand.self, SavedSearchListCommand.self,
            SavedSearchUpdateCommand.self, SavedSearchDeleteCommand.self, SavedSearchWatchCommand.self,
        ]
    )
}

/// A query that is saved, by the options of `search`.
struct SavedQueryOptions: ParsableArguments {
    @Argument(help: "What to look for, in your own words; without it all that pass --filter match.")
    var text: String?

    @Option(help: "How to match: hybrid, vector or text.")
    var mode: SearchModeArgument = .hybrid

    @Option(parsing: .unconditional, help: "Only what scores so much matches, -1 to 1; hybrid and vector need it.")
    var minScore: Double = 0

    @Option(help: "Only profiles that pass this filter match.", transform: GivenText.read)
    var filter = ""

    @Option(help: "Look through this mask: only what it shows can match, and is shown.", transform: GivenText.read)
    var mask = ""

    func validate() throws {
        guard self.text != "" else { throw ValidationError("the text to search for is empty") }
        guard self.text != nil || !self.filter.isEmpty else {
            throw ValidationError("what to search for is missing: a text, or --filter")
        }
        try Self.check(minScore: self.minScore)
    }

    static func check(minScore: Double) throws {
        guard (-1...1).contains(minScore) else {
            throw ValidationError("--min-score must be between -1 and 1, not \(minScore)")
        }
    }

    var query: QueryRequest {
        QueryRequest(
            query: self.text.map { Query(ask: .text(TextQuery(text: $0, mode: self.mode.mode))) },
            minScore: self.minScore,
            filter: self.filter,
            mask: self.mask
        )
    }
}

struct SavedSearchCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Keep a new search.",
        discussion: """
            EXAMPLES
              likeness saved-search create carers "nurse matron" --mode text
              likeness saved-search create founders "founded a hospital" --min-score 0.4
              likeness saved-search create early --filter 'experiences.start_date < 1860'
            """
    )

    @Argument(help: "Name of the search: lower-case letters, digits and single hyphens.")
    var name: String

    @OptionGroup var options: SavedQueryOptions

    @Option(help: "What the search is for.")
    var description = ""

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let search = SavedSearch(name: self.name, description: self.description, query: self.options.query)
            let response = try await client.savedSearches.createSavedSearch(
                CreateSavedSearchRequest(savedSearch: search),
                options: options
            )
            try self.outputOptions.write(response) { _ in "created \(response.savedSearch?.name ?? "")\n" }
        }
    }
}

struct SavedSearchGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show one search.",
        discussion: """
            EXAMPLE
              likeness saved-search get nurses
            """
    )

    @Argument(help: "Name of the search.")
    var name: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.savedSearches.getSavedSearch(
                GetSavedSearchRequest(name: self.name),
                options: options
            )
            let output = SavedSearchOutput(search: response.savedSearch ?? SavedSearch())
            try self.outputOptions.write(response) { output.page($0) }
        }
    }
}

struct SavedSearchListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List your searches by name, page by page.",
        discussion: """
            EXAMPLES
              likeness saved-search list
              likeness saved-search list --all-owners --output json
            """
    )

    @Flag(help: "Those of all callers. Role admin.")
    var allOwners = false

    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = ListSavedSearchesRequest(
                pageSize: self.page.limit,
                pageToken: self.page.pageToken,
                allOwners: self.allOwners
            )
            let response = try await client.savedSearches.listSavedSearches(request, options: options)
            try self.outputOptions.write(response) {
                SavedSearchListOutput(response: response, showsOwners: self.allOwners).table($0)
            }
        }
    }
}

/// What of a saved query is changed; what is not given stays.
struct SavedQueryChanges: ParsableArguments {
    @Argument(help: "What to look for instead, in your own words.")
    var text: String?

    @Option(help: "How to match the text: hybrid, vector or text.")
    var mode: SearchModeArgument?

    @Option(parsing: .unconditional, help: "Only what scores so much matches, -1 to 1; 0 for no minimum.")
    var minScore: Double?

    @Option(help: "Only profiles that pass this filter match.", transform: GivenText.read)
    var filter: String?

    @Option(help: "Look through this mask: only what it shows can match, and is shown.", transform: GivenText.read)
    var mask: String?

    @Flag(help: "Nothing to look for: all that pass the filter match.")
    var noText = false

    @Flag(help: "No filter.")
    var noFilter = false

    @Flag(help: "No mask.")
    var noMask = false

    func validate() throws {
        guard self.text != "" else { throw ValidationError("the text to search for is empty") }
        try self.minScore.map(SavedQueryOptions.check(minScore:))
        for (isDropped, isGiven, name) in [
            (self.noText, self.text != nil || self.mode != nil || self.minScore != nil, "text"),
            (self.noFilter, self.filter != nil, "filter"), (self.noMask, self.mask != nil, "mask"),
        ] where isDropped && isGiven {
            throw ValidationError("--no-\(name) is given together with what it leaves out")
        }
    }

    var isEmpty: Bool {
        self.text == nil && self.mode == nil && self.minScore == nil && self.filter == nil && self.mask == nil
            && !self.noText && !self.noFilter && !self.noMask
    }

    /// - Throws: `CommandFailure` for a mode where no text is searched for.
    func applied(to stored: QueryRequest) throws(CommandFailure) -> QueryRequest {
        var changed = stored
        if self.noText {
            (changed.query, changed.minScore, changed.embeddingSpace) = (nil, 0, "")
        } else if self.text != nil || self.mode != nil {
            var text = TextQuery(mode: SearchModeArgument.hybrid.mode)
            if case .text(let known)? = stored.query?.ask {
                text = known
            } else if self.text == nil {
                throw CommandFailure("--mode is how a text is matched, and the search has none: give one", exitCode: 64)
            }
            text.text = self.text ?? text.text
            text.mode = self.mode?.mode ?? text.mode
            changed.query = Query(ask: .text(text))
        }
        changed.minScore = self.minScore ?? changed.minScore
        changed.filter = self.noFilter ? "" : self.filter ?? changed.filter
        changed.mask = self.noMask ? "" : self.mask ?? changed.mask
        return changed
    }
}

struct SavedSearchUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change what a search asks for, or what it is for.",
        discussion: """
            What is not given stays as it is. Who matches by the one and not by the other starts or ceases to match.

            EXAMPLES
              likeness saved-search update carers "nurse matron midwife"
              likeness saved-search update carers --filter 'experiences.start_date < 1860'
            """
    )

    @Argument(help: "Name of the search.")
    var name: String

    @OptionGroup var changes: SavedQueryChanges

    @Option(help: "What the search is for.")
    var description: String?

    @Option(help: "Only when the search still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !self.changes.isEmpty || self.description != nil else {
            throw ValidationError("what to change is missing: a text, an option of the query, or --description")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            var request = UpdateSavedSearchRequest(
                savedSearch: SavedSearch(name: self.name, description: self.description ?? ""),
                updateMask: .init(paths: self.description == nil ? [] : ["description"]),
                ifRevision: self.ifRevision
            )
            if !self.changes.isEmpty {
                let get = GetSavedSearchRequest(name: self.name)
                let stored = try await client.savedSearches.getSavedSearch(get, options: options).savedSearch
                request.savedSearch?.query = try self.changes.applied(to: stored?.query ?? QueryRequest())
                request.updateMask?.paths.append("query")
                // What stays is that of this revision.
                if request.ifRevision == 0 { request.ifRevision = stored?.revision ?? 0 }
            }
            let response = try await client.savedSearches.updateSavedSearch(request, options: options)
            try self.outputOptions.write(response) { _ in
                "\(response.savedSearch?.name ?? "") has revision \(String(response.savedSearch?.revision ?? 0))\n"
            }
        }
    }
}

struct SavedSearchDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Forget a search and its events.",
        discussion: """
            EXAMPLE
              likeness saved-search delete early
            """
    )

    @Argument(help: "Name of the search.")
    var name: String

    @Option(help: "Only when the search still has this revision.")
    var ifRevision: Int64 = 0

    @Option(help: "Whose it is, where it is another caller's. Role admin.", transform: GivenText.read)
    var owner = ""

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let response = try await client.savedSearches.deleteSavedSearch(
                DeleteSavedSearchRequest(name: self.name, ifRevision: self.ifRevision, owner: self.owner),
                options: options
            )
            try self.outputOptions.write(response) { _ in "deleted \(response.savedSearch?.name ?? "")\n" }
        }
    }
}
