internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// All that have the words of a text, in an order of their own.
struct OrderedMatches: Sendable {
    /// The first of them, and which place their score has among all.
    var profiles: [(id: UUID, rank: Int)] = []
    var total = 0

    init() {}

    /// Rows of `SearchStatements.orderedMatches`.
    init(_ result: borrowing QueryResult) throws(DatabaseError) {
        for row in 0..<result.rowCount {
            self.profiles.append((try result.value(row, 0), Int(try result.value(row, 1, as: Int64.self))))
        }
        if result.rowCount > 0 { self.total = Int(try result.value(0, 2, as: Int64.self)) }
    }
}

extension SearchExecution {
    /// The index of words names them where they are few enough; more are looked for in all that is stored, as with `PRECISION_EXACT`.
    ///
    /// - Precondition: A text is asked for.
    func ordered(by order: HitOrder) async throws(RepositoryError) -> OrderedMatches {
        guard case .text(let reading) = self.ask else { preconditionFailure("a vector has no set of its own") }
        let withPhrases = !reading.query.required.isEmpty
        var scoresAll = withPhrases || self.query.precision == .exact
        if !scoresAll { scoresAll = try await self.isNarrow() }
        var version = try await self.version(for: reading)
        while true {
            let words = await Self.words(reading, in: version.index)
            self.reads.recorder?.asks(words, in: version.index)
            var nominees = SearchStatements.Nominees.passing(withPhrases: withPhrases)
            var parameters = words.parameters
            if !scoresAll {
                let named = await words.matches(
                    in: version.index,
                    minScore: self.query.minScore,
                    most: Self.nomineesMost
                )
                if named.count <= Self.nomineesMost {
                    nominees = .index
                    parameters.append(named.sample.map(\.profile.uuid))
                    parameters.append(named.sample.map { Double($0.weight) })
                    parameters.append(version.snapshot)
                }
            }
            parameters.append(SearchWords.leastCoverage(self.query.minScore))
            let rows = try await self.rows(
                .ordered(order, limit: self.limit, nominees),
                parameters,
                settings: nominees == .index ? FacetStatements.settings : .readingAll,
                snapshot: nominees == .index ? version.snapshot : nil
            ) { SearchStatements.orderedMatches(order, limit: self.limit, nominees, scope: $0) }
            // Of more than these some were not looked at.
            guard nominees != .index || rows.unseen <= ProfileWordsStatements.unseenMax else {
                version = try await self.words.renewed(deadline: self.reads.deadline)
                continue
            }
            return try readRows { () throws(DatabaseError) in try OrderedMatches(rows.hits) }
        }
    }
}

extension ViewSearch {
    /// - Precondition: A text is asked for.
    func ordered(by order: HitOrder) async throws(RepositoryError) -> OrderedMatches {
        guard case .text(let reading) = self.ask else { preconditionFailure("a vector has no set of its own") }
        let scope = SearchScope(filter: try self.view.condition(and: self.query.filter), among: self.query.among)
        let withPhrases = !reading.query.required.isEmpty
        for _ in 0..<Self.attemptsMax {
            let version = try await self.words.current(self.reads)
            var parameters = await self.weighed(reading, in: version).parameters
            parameters.append(version.id)
            parameters.append(SearchWords.leastCoverage(self.query.minScore))
            let sql = try scope.sql(&parameters)
            var batch = Batch()
            let statement = batch.addFiltered(
                "search_ordered",
                SearchStatements.viewOrderedMatches(
                    order,
                    limit: self.limit,
                    withPhrases: withPhrases,
                    weights: self.view.weights,
                    scope: sql
                ),
                parameters,
                deadline: self.reads.deadline
            )
            let watch = self.reads.recorder?.watch(.rank)
            var results = try await self.reads.run(batch, settings: .readingAll)
            _ = results.next()
            let result = results.next()
            watch?.ran(self.ask.name, statement, parameters, settings: .readingAll, rows: result.rowCount)
            let ordered = try readRows { () throws(DatabaseError) in try OrderedMatches(result) }
            // What is dropped is cleared away: its rows may have been missing.
            if try await self.words.isThere(version, self.reads) { return ordered }
        }
        throw .unavailable(.viewNotReady)
    }
}
