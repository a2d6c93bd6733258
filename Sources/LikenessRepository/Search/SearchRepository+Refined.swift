internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Hits that are chosen and ordered by more than their scores.
extension SearchRepository {
    /// The first hits, as they are shown.
    func refined(
        _ query: SearchQuery,
        _ refinement: Refinement,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let window = max(refinement.window ?? 0, query.limit)
        var ranking = query
        ranking.shownLimit = query.limit
        let ranked = try await self.ranked(ranking, window: window, deadline: deadline)
        return ranked.with(try await self.shown(ranked, of: query, deadline: deadline))
    }

    /// A ranking of its own: with the limit that it is to have, without passages.
    func refinedRanking(
        _ query: SearchQuery,
        _ refinement: Refinement,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        switch refinement.choice {
        case .order(let order):
            if case .text = query.ask { return try await self.orderedMatches(query, by: order, deadline: deadline) }
            let answer = try await self.search(query, deadline: deadline)
            return try await self.ordered(answer, refinement, by: order, query, deadline: deadline)
        case .scores(let boosts, let diversity):
            var query = query
            let minScore = query.minScore
            if boosts != nil { query.minScore = 0 }
            var answer = try await self.search(query, deadline: deadline)
            for (place, hit) in answer.hits.enumerated() { query.recorder?.note(rank: place + 1, of: hit) }
            if let boosts {
                answer = try await self.boosted(answer, refinement, by: boosts, query, deadline: deadline)
                if minScore != 0 { answer = answer.keeping { $0.score >= minScore } }
            }
            guard diversity > 0 else { return answer }
            return try await self.diversified(answer, refinement, diversity, query, deadline: deadline)
        }
    }

    private func reads(_ query: SearchQuery, _ deadline: ContinuousClock.Instant?) -> Reads {
        self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
    }

    // MARK: Order

    private func ordered(
        _ answer: SearchAnswer<[Hit]>,
        _ refinement: Refinement,
        by order: HitOrder,
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        for (place, hit) in answer.hits.enumerated() { query.recorder?.note(rank: place + 1, of: hit) }
        let (window, rest) = answer.hits.parted(at: refinement.window)
        let parameters = Parameters(window.compactMap(\.uuid))
        let statement = self.database.statements.statement(
            .named("search_order", of: "\(order.field.rawValue) \(order.isDescending)"),
            parameters.types
        ) { SearchStatements.ordered(by: order) }
        let watch = query.recorder?.watch(.refine)
        let result = try await self.reads(query, deadline).query(statement, parameters, settings: PageHits.settings)
        watch?.ran(.order, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
        let ids = try readRows { () throws(DatabaseError) in
            var ids: [String] = []
            for row in 0..<result.rowCount { ids.append(try result.value(row, 0, as: UUID.self).text) }
            return ids
        }
        var ordered = answer.taking(ids.compactMap { id in window.firstIndex { $0.profile?.id == id } }, rest: rest)
        let isFull = refinement.window.map { window.count >= $0 } ?? (window.count >= query.limit)
        if isFull, answer.completeness.level != .truncated {
            ordered.completeness = Completeness(
                level: .truncated,
                reason: "the \(window.count) best hits were put in this order"
            )
        }
        return ordered
    }

    /// All that have the words, the first of them with what they show.
    private func orderedMatches(
        _ query: SearchQuery,
        by order: HitOrder,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let limits = SearchStatements.limits + SearchStatements.windows
        guard let limit = limits.first(where: { $0 >= query.limit }), query.limit >= 1 else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        let reads = self.reads(query, deadline)
        let matches: OrderedMatches
        if let view = query.view {
            let search = try await self.viewSearch(query, through: view, reads, limit: limit)
            matches = try await Self.renewing { () throws(RepositoryError) in try await search.ordered(by: order) }
        } else {
            matches = try await self.execution(query, reads, limit: limit).ordered(by: order)
        }
        let first = matches.profiles.prefix(query.limit)
        var part = query
        part.minScore = 0
        var answer: SearchAnswer<[Hit]>?
        var hits: [String: Hit] = [:]
        let most = SearchStatements.limits.last ?? 1
        for start in stride(from: 0, to: max(1, first.count), by: most) {
            let some = first.dropFirst(start).prefix(most)
            // No ids where no profile matches: the answer says how complete that is.
            part.among = some.map(\.id)
            part.limit = max(1, some.count)
            let found = try await self.search(part, deadline: deadline)
            for hit in found.hits { hits[hit.profile?.id ?? ""] = hit }
            answer = answer ?? found
        }
        guard let answer else { preconditionFailure("there is a part") }
        var ordered: [Hit] = []
        for (id, rank) in first {
            guard var hit = hits[id.text] else { continue }
            if !hit.evidence.isEmpty { hit.evidence[0].rank = Int32(clamping: rank) }
            query.recorder?.note(rank: rank, of: hit)
            ordered.append(hit)
        }
        return answer.with(ordered)
    }

    // MARK: Scores

    private func boosted(
        _ answer: SearchAnswer<[Hit]>,
        _ refinement: Refinement,
        by boosts: BoostedScore,
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let parameters = Parameters(answer.hits.compactMap(\.uuid), boosts.halfLifeDays)
        let watch = query.recorder?.watch(.refine)
        let result = try await self.reads(query, deadline).query(
            SearchStatements.boosts,
            parameters,
            settings: PageHits.settings
        )
        watch?.ran(
            .boosts,
            SearchStatements.boosts,
            parameters,
            settings: PageHits.settings,
            rows: result.rowCount
        )
        let values = try readRows { () throws(DatabaseError) in
            var values: [String: BoostedScore.Values] = [:]
            for row in 0..<result.rowCount {
                values[try result.value(row, 0, as: UUID.self).text] = .init(
                    recency: try result.value(row, 1),
                    completeness: try result.value(row, 2)
                )
            }
            return values
        }
        var hits = answer.hits
        for place in hits.indices {
            let value = values[hits[place].profile?.id ?? ""] ?? .init(recency: 0, completeness: 0)
            hits[place].score = boosts.score(hits[place].score, value)
            query.recorder?.note(boosts: boosts, value, of: hits[place])
        }
        func isBefore(_ left: Int, _ right: Int) -> Bool {
            hits[left].score != hits[right].score
                ? hits[left].score > hits[right].score : hits[left].id < hits[right].id
        }
        let most = min(hits.count, refinement.window ?? hits.count)
        let order = (0..<most).sorted(by: isBefore) + (most..<hits.count).sorted(by: isBefore)
        var boosted = answer.with(hits).taking(order, rest: [])
        // Whether one beyond the window could be among the first.
        let isFull = most >= (refinement.window ?? query.limit)
        if answer.completeness.level == .exact, isFull, most > 0,
            let first = boosted.hits.prefix(min(most, query.shownLimit ?? query.limit)).last?.score,
            first <= boosts.score(answer.hits[most - 1].score, .most)
        {
            boosted.completeness = Completeness(
                level: .approximate,
                reason: "the boosts of the \(most) best hits were looked at"
            )
        }
        return boosted
    }

    private func diversified(
        _ answer: SearchAnswer<[Hit]>,
        _ refinement: Refinement,
        _ diversity: Double,
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let (window, rest) = answer.hits.parted(at: refinement.window)
        guard window.count > 1 else { return answer }
        let vectors = try await self.vectors(of: window, query, deadline: deadline)
        // Off the event loop that the caller may be on.
        let picks = await withTaskExecutorPreference(globalConcurrentExecutor) {
            Diversity.order(window.map(\.score), window.map { vectors[$0.id] }, strength: diversity)
        }
        for pick in picks { query.recorder?.note(mostSimilar: pick.mostSimilar, of: window[pick.place]) }
        return answer.taking(picks.map(\.place), rest: rest)
    }

    /// One vector of the section of each hit, of length 1; none of sections that are not compared by meaning.
    private func vectors(
        of hits: [Hit],
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [String: [Float]] {
        let space = try await self.space(named: query.embeddingSpace, deadline: deadline)
        let sections = hits.compactMap { hit -> (UUID, Int16, UUID)? in
            guard let profile = hit.uuid, let section = hit.section, let id = UUID(text: section.id) else {
                return nil
            }
            return (profile, Int16(section.kind.rawValue), id)
        }
        var parameters = Parameters(sections.map(\.0), sections.map(\.1), sections.map(\.2))
        let reads = self.reads(query, deadline)
        guard let view = query.view else {
            let statement = self.database.statements.statement(
                .named("search_section_vectors", of: space.table.name.text),
                parameters.types
            ) { SearchStatements.sectionVectors(space) }
            let watch = query.recorder?.watch(.refine)
            let result = try await reads.query(statement, parameters, settings: PageHits.settings)
            watch?.ran(.sectionVectors, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
            return try readRows { () throws(DatabaseError) in try Self.vectors(result) }
        }
        parameters.append(space.name)
        let words = self.views.words(of: view)
        let given = parameters
        return try await Self.renewing { () throws(RepositoryError) in
            for _ in 0..<ViewSearch.attemptsMax {
                var parameters = given
                let version = try await words.current(reads)
                parameters.append(version.id)
                var batch = Batch()
                let statement = batch.addFiltered(
                    "search_section_vectors",
                    SearchStatements.viewSectionVectors(ViewEmbeddings(space, view)),
                    parameters,
                    deadline: deadline
                )
                let watch = query.recorder?.watch(.refine)
                var results = try await reads.run(batch, settings: PageHits.settings)
                _ = results.next()
                let result = results.next()
                watch?.ran(.sectionVectors, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
                let vectors = try readRows { () throws(DatabaseError) in try Self.vectors(result) }
                // What is dropped is cleared away: its rows may have been missing.
                if try await words.isThere(version, reads) { return vectors }
            }
            throw .unavailable(.viewNotReady)
        }
    }

    private static func vectors(_ result: borrowing QueryResult) throws(DatabaseError) -> [String: [Float]] {
        var vectors: [String: [Float]] = [:]
        for row in 0..<result.rowCount {
            let values = try result.value(row, 1, as: Vector.self).values
            let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            vectors[try result.value(row, 0, as: UUID.self).text] = values.map { Float(Double($0) / length) }
        }
        return vectors
    }
}

extension Hit {
    fileprivate var id: String { self.profile?.id ?? "" }
    fileprivate var uuid: UUID? { UUID(text: self.id) }
}

extension [Hit] {
    /// The hits that are chosen among, and the others.
    fileprivate func parted(at window: Int?) -> ([Hit], [Hit]) {
        guard let window else { return (self, []) }
        return (Array(self.prefix(window)), Array(self.dropFirst(window)))
    }
}

extension SearchAnswer<[Hit]> {
    /// The hits at some places, and others behind them.
    fileprivate func taking(_ places: [Int], rest: [Hit]) -> SearchAnswer {
        var answer = self.with(places.map { self.hits[$0] } + rest)
        let others = self.hits.indices.suffix(rest.count)
        answer.texts = self.texts.map { texts in (places + others).map { texts[$0] } }
        return answer
    }

    fileprivate func keeping(_ isKept: (Hit) -> Bool) -> SearchAnswer {
        self.taking(self.hits.indices.filter { isKept(self.hits[$0]) }, rest: [])
    }
}
