package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Finds profiles by meaning, by words and by both.
///
/// The repository, not the planner, decides how: see `SearchExecution`. Each kind of search is one prepared statement and one
/// round trip; only when several sections of the same profiles crowd out others does a search by meaning ask again, for
/// more sections.
///
/// Results are deterministic: ties break by ascending id, and the first k of a search are the first k of the same search
/// with a larger limit. Through an HNSW index that holds because the index delivers sections in one order however
/// many are taken (`hnsw.iterative_scan = strict_order` where its first candidates do not suffice); a hybrid search holds it up
/// to 50 hits and above 50 for limits of one size in `SearchStatements.limits`, as each size has its own number of candidates.
package struct SearchRepository: Sendable {
    let database: Database
    let catalog: SearchCatalog
    let words: ProfileWords
    let views: ViewIndexes
    let pages: ResultSets
    let facetMemory: FacetMemory
    private let memory = SearchMemory()
    /// See `SectionRanking.sectionsMax`.
    var sectionsMax = SectionRanking.sectionsMax

    /// Session settings that connections for searches start with.
    package static let sessionSettings = [
        "plan_cache_mode": "force_generic_plan", "jit": "off",
        // Plans are made once, often when a table is new and holds next to nothing, and rows are nearly always named by keys.
        // Without it each of them would be looked for in all of a table that has grown since, until it is next analyzed.
        "enable_seqscan": "off",
        // What is searched is meant to be in memory. By the default of 4, for disks, a filter that a twentieth pass reads all profiles.
        "random_page_cost": "1.1",
        // A connection is a share of the database's cores only when its statements use one each.
        "max_parallel_workers_per_gather": "0",
        // A server that died waits for no answer.
        "client_connection_check_interval": "1s",
    ]

    /// - Parameter catalogMaxAge: How old the known spaces and counts may be.
    package init(
        database: Database,
        words: ProfileWords? = nil,
        views: ViewIndexes? = nil,
        pages: ResultSets? = nil,
        catalogMaxAge: Duration = .seconds(5)
    ) {
        self.database = database
        self.words = words ?? ProfileWords(database: database)
        self.views = views ?? ViewIndexes(database: database)
        self.pages = pages ?? ResultSets(database: database, tokens: PageTokens())
        self.facetMemory = FacetMemory()
        self.catalog = SearchCatalog(database: database, maxAge: catalogMaxAge)
    }

    /// Forgets what is remembered of profiles that were erased.
    package func forget(_ profiles: Set<UUID>) {
        guard !profiles.isEmpty else { return }
        self.facetMemory.forget(profiles)
        self.views.forget(profiles)
    }

    /// Counts and spaces are read again with the next search.
    package func forgetCatalog() { self.catalog.invalidate() }

    /// The space that a search would use, to embed its text with.
    package func space(
        named name: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> EmbeddingSpaceInfo {
        try await self.catalog.contents(deadline: deadline).space(named: name)
    }

    /// Answers one query.
    ///
    /// - Throws: `.invalidField`, `.dimensionMismatch`, `.notFound(.embeddingSpace, …)`; through a view
    ///   `.unavailable(.viewNotReady)` and `.conflict`.
    package func search(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let answer = try await self.found(query, deadline: deadline)
        return answer.with(try answer.hits.values())
    }

    /// The hits without passages, up to the window of pages, in the order that a refinement gives them.
    func ranked(
        _ query: SearchQuery,
        window: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        var query = query
        (query.limit, query.withHighlights, query.isForPages) = (window, false, true)
        guard let refinement = query.refinement else { return try await self.search(query, deadline: deadline) }
        return try await self.refinedRanking(query, refinement, deadline: deadline)
    }

    /// The words of a text with what stands for them now.
    func words(of text: String, _ reads: Reads) async throws(RepositoryError) -> SearchWords {
        let reading = try await self.reading(of: text, reads)
        let version = try await self.words.version(deadline: reads.deadline)
        return await withTaskExecutorPreference(globalConcurrentExecutor) { SearchWords(reading, index: version.index) }
    }

    /// The same of what a view shows.
    func words(of text: String, through view: View, _ reads: Reads) async throws(RepositoryError) -> SearchWords {
        let reading = try await self.reading(of: text, reads)
        let version = try await Self.renewing { () throws(RepositoryError) in
            try await self.views.words(of: view).current(reads)
        }
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            SearchWords(reading, index: version.words.index)
        }
    }

    /// Does what needs a view's projection. When a mask has changed meanwhile the next call reads it anew.
    static func renewing<Value: Sendable>(
        _ body: () async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Value {
        do throws(RepositoryError) {
            return try await body()
        } catch .conflict {
            throw .unavailable(.viewNotReady)
        }
    }

    /// The same, with hits as a caller is sent them: the cheapest form of a search by meaning.
    package func packedSearch(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchAnswer<PackedHits> {
        if query.groupBy == .section {
            let answer = try await self.sections(query, deadline: deadline)
            return answer.with(try PackedHits(answer.hits))
        }
        if let refinement = query.refinement {
            let answer = try await self.refined(query, refinement, deadline: deadline)
            return answer.with(try PackedHits(answer.hits))
        }
        let answer = try await self.found(query, deadline: deadline)
        guard query.extras.isEmpty else {
            let hits = try await self.completed(try answer.hits.values(), of: query, deadline: deadline)
            return answer.with(try PackedHits(hits))
        }
        switch answer.hits {
        case .values(let hits): return answer.with(try PackedHits(hits))
        case .packed(let hits): return answer.with(hits)
        }
    }

    enum FoundHits: Sendable {
        case values([Hit])
        case packed(PackedHits)

        func values() throws(RepositoryError) -> [Hit] {
            switch self {
            case .values(let hits): hits
            case .packed(let hits): try hits.values()
            }
        }

        /// With the relevance that their scores have; packed ones have it from the packer.
        func rated(by table: RelevanceTable?) -> Self {
            if case .values(let hits) = self { .values(hits.rated(by: table)) } else { self }
        }
    }

    /// The hits as they are found, without refinement and extras.
    func found(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        try await self.find(query, deadline: deadline).lacking(query.unread)
    }

    private func find(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        if case .fusion(let fusion) = query.ask {
            let execution = FusionExecution(query: query, fusion: fusion) { part throws(RepositoryError) in
                try await self.search(part, deadline: deadline)
            }
            let answer = try await execution.answer()
            return answer.with(.values(answer.hits))
        }
        guard !query.furtherVectors.isEmpty else { return try await self.findPart(query, deadline: deadline) }
        var query = query
        if case .hybrid(let text, _) = query.ask {
            let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
            query.sharedWords = SharedWords(try await self.reading(of: text, reads))
        }
        var fusion = PartsFusion()
        let answers = try await PartsFusion.answers(to: query) { part in
            await self.partAnswer(part, deadline: deadline)
        }
        for answer in answers { fusion.add(answer) }
        let answer = fusion.answer(limit: query.limit)
        return answer.with(.values(answer.hits))
    }

    /// As a value, for a child task, which forgets of which type an error is.
    private func partAnswer(
        _ part: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async -> Result<SearchAnswer<[Hit]>, RepositoryError> {
        do throws(RepositoryError) {
            let answer = try await self.findPart(part, deadline: deadline)
            return .success(answer.with(try answer.hits.values()))
        } catch {
            return .failure(error)
        }
    }

    private func findPart(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        let limits = SearchStatements.limits + (query.isForPages ? SearchStatements.windows : [])
        guard let limit = limits.first(where: { $0 >= query.limit }), query.limit >= 1 else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        guard !query.minScore.isNaN else { throw .invalidField(path: "min_score", reason: "is not a number") }
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        var answer = try await self.find(query, reads, limit: limit)
        answer.hits = answer.hits.rated(by: query.relevance.table)
        if let recorder = query.recorder { recorder.saw(try answer.hits.values(), by: query.ask) }
        return answer
    }

    private func find(
        _ query: SearchQuery,
        _ reads: Reads,
        limit: Int
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        if let view = query.view { return try await self.find(query, through: view, reads, limit: limit) }
        return try await self.execution(query, reads, limit: limit).answer()
    }

    func execution(
        _ query: SearchQuery,
        _ reads: Reads,
        limit: Int
    ) async throws(RepositoryError) -> SearchExecution {
        let contents = try await self.contents(reads)
        return SearchExecution(
            query: query,
            ask: try await self.read(query.ask, query, contents, reads),
            scope: SearchScope(filter: query.filter, among: query.among),
            reads: reads,
            words: self.words,
            memory: self.memory,
            contents: contents,
            limit: limit
        )
    }

    private func find(
        _ query: SearchQuery,
        through view: View,
        _ reads: Reads,
        limit: Int
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        let search = try await self.viewSearch(query, through: view, reads, limit: limit)
        let answer = try await Self.renewing { () throws(RepositoryError) in try await search.answer() }
        return answer.with(.values(answer.hits))
    }

    func viewSearch(
        _ query: SearchQuery,
        through view: View,
        _ reads: Reads,
        limit: Int
    ) async throws(RepositoryError) -> ViewSearch {
        func search(_ ask: ViewSearch.Ask) -> ViewSearch {
            ViewSearch(
                query: query,
                view: view,
                ask: ask,
                words: self.views.words(of: view),
                reads: reads,
                limit: limit
            )
        }
        if case .text(let text) = query.ask { return search(.text(try await self.reading(of: text, reads))) }
        let contents = try await self.contents(reads)
        var found =
            switch try await self.read(query.ask, query, contents, reads) {
            case .vector(let vector, let plan): search(.vector(vector, plan.space))
            case .hybrid(let reading, let vector, let plan): search(.hybrid(reading, vector, plan.space))
            case .text(let reading): search(.text(reading))
            }
        found.liveProfiles = contents.liveProfiles
        return found
    }

    private func contents(_ reads: Reads) async throws(RepositoryError) -> SearchCatalog.Contents {
        let watch = reads.recorder?.watch(.catalog)
        defer { watch?.stop() }
        return try await self.catalog.contents(deadline: reads.deadline)
    }

    /// Checks what is asked for, and has the database read its words.
    func read(
        _ ask: SearchQuery.Ask,
        _ query: SearchQuery,
        _ contents: SearchCatalog.Contents,
        _ reads: Reads
    ) async throws(RepositoryError) -> SearchExecution.Ask {
        switch ask {
        case .vector(let values):
            let plan = try SearchPlan(query, contents: contents)
            return .vector(try self.vector(values, of: plan.space), plan)
        case .text(let text):
            return .text(try await self.reading(of: text, reads))
        case .hybrid(let text, let values):
            let plan = try SearchPlan(query, contents: contents)
            let vector = try self.vector(values, of: plan.space)
            if let shared = query.sharedWords { return .hybrid(shared.reading, vector, plan) }
            return .hybrid(try await self.reading(of: text, reads), vector, plan)
        case .fusion: preconditionFailure("a fusion is asked query by query")
        }
    }

    private func vector(_ values: [Float], of space: EmbeddingSpaceInfo) throws(RepositoryError) -> Vector {
        Vector(try UnitVector.values(values, dimension: space.dimension, path: "query.vector.values"))
    }

    func reading(of text: String, _ reads: Reads) async throws(RepositoryError) -> SearchWords.Reading {
        let query = try WordsQuery(bounded: text)
        let parameters = SearchWords.Reading.parameters(query)
        let watch = reads.recorder?.watch(.words)
        let result = try await reads.query(SearchWords.Reading.statement, parameters)
        watch?.ran(.words, SearchWords.Reading.statement, parameters, rows: result.rowCount)
        return try readRows { () throws(DatabaseError) in try SearchWords.Reading(query, result) }
    }
}
