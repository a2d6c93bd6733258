package import LikenessMessages
internal import LikenessPostgres
internal import Synchronization

/// Finds profiles by meaning, by words and by both.
///
/// The repository, not the planner, decides how: see `SearchPlan`. Each kind of search is one prepared statement and one
/// round trip; only when several sections of the same profiles crowd out others does a search by meaning ask again, for
/// more sections.
///
/// Results are deterministic: ties break by ascending id, and the first k of a search are the first k of the same search
/// with a larger limit. Through an HNSW index that holds because the index delivers sections in one order however
/// many are taken (`hnsw.iterative_scan = strict_order`); a hybrid search holds it up to 50 hits and above 50 for limits of one
/// size in `SearchStatements.limits`, as each size has its own number of candidates.
package struct SearchRepository: Sendable {
    let database: Database
    let catalog: SearchCatalog
    let words: ProfileWords

    /// Session settings that connections for searches start with.
    package static let sessionSettings = [
        "plan_cache_mode": "force_generic_plan", "jit": "off", "hnsw.iterative_scan": "strict_order",
        // A connection is a share of the database's cores only when its statements use one each.
        "max_parallel_workers_per_gather": "0",
        // A server that died waits for no answer.
        "client_connection_check_interval": "1s",
    ]

    /// - Parameter catalogMaxAge: How old the known spaces and counts may be.
    package init(database: Database, words: ProfileWords? = nil, catalogMaxAge: Duration = .seconds(5)) {
        self.database = database
        self.words = words ?? ProfileWords(database: database)
        self.catalog = SearchCatalog(database: database, maxAge: catalogMaxAge)
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
    /// - Throws: `.invalidField`, `.dimensionMismatch`, `.notFound(.embeddingSpace, …)`.
    package func search(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let answer = try await self.find(query, deadline: deadline).lacking(query.unread)
        switch answer.hits {
        case .values(let hits): return answer.with(hits)
        case .packed(let hits): return answer.with(try hits.values())
        }
    }

    /// The same, with hits as a caller is sent them: the cheapest form of a search by meaning.
    package func packedSearch(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchAnswer<PackedHits> {
        let answer = try await self.find(query, deadline: deadline).lacking(query.unread)
        switch answer.hits {
        case .values(let hits): return answer.with(try PackedHits(hits))
        case .packed(let hits): return answer.with(hits)
        }
    }

    enum FoundHits {
        case values([Hit])
        case packed(PackedHits)
    }

    private func find(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        guard !query.furtherVectors.isEmpty else { return try await self.findPart(query, deadline: deadline) }
        // One after another, so that a long text takes one connection as a short one does.
        var fusion = PartsFusion()
        for part in query.parts {
            let answer = try await self.findPart(part, deadline: deadline)
            switch answer.hits {
            case .values(let hits): fusion.add(answer.with(hits))
            case .packed(let hits): fusion.add(answer.with(try hits.values()))
            }
        }
        let answer = fusion.answer(limit: query.limit)
        return answer.with(.values(answer.hits))
    }

    private func findPart(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        guard let limit = SearchStatements.limits.first(where: { $0 >= query.limit }), query.limit >= 1 else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        guard !query.minScore.isNaN else { throw .invalidField(path: "min_score", reason: "is not a number") }
        try await self.database.requireReplayed(query.consistencyToken, deadline: deadline)
        let contents = try await self.catalog.contents(deadline: deadline)
        switch query.ask {
        case .vector(let values):
            let plan = try await self.plan(query, contents: contents, deadline: deadline)
            let vector = Vector(
                try UnitVector.values(values, dimension: plan.space.dimension, path: "query.vector.values")
            )
            return try await self.byMeaning(vector, query, plan: plan, limit: limit, deadline: deadline)
        case .text(let text):
            return try await self.byWords(text, query, contents: contents, limit: limit, deadline: deadline)
        case .hybrid(let text, let values):
            let plan = try await self.plan(query, contents: contents, deadline: deadline)
            let vector = Vector(
                try UnitVector.values(values, dimension: plan.space.dimension, path: "query.vector.values")
            )
            return try await self.byBoth(
                text,
                vector,
                query,
                plan: plan,
                contents: contents,
                limit: limit,
                deadline: deadline
            )
        }
    }

    // MARK: By meaning

    private func byMeaning(
        _ vector: Vector,
        _ query: SearchQuery,
        plan: SearchPlan,
        limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<FoundHits> {
        var plan = plan
        var reach = plan.firstReach(limit: limit)
        while true {
            let result = try await self.nearest(vector, query, plan, reach, limit: limit, deadline: deadline)
            var seen = 0
            var count = 0
            try readRows { () throws(DatabaseError) in
                guard result.rowCount > 0 else { return }
                try result.requireTypes(VectorRowPacker.columns)
                let horizon = try VectorRowPacker.horizon(result)
                seen = horizon.sections
                count = min(result.rowCount, query.limit)
                guard seen >= reach.sections else { return }
                // Of sections as near as the last one seen some may be missing, and their order with them.
                while count > 0, try VectorRowPacker.similarity(result, row: count - 1) <= horizon.similarity {
                    count -= 1
                }
            }
            let isShort = count < query.limit
            if isShort, let next = plan.next(after: reach, seeing: seen) {
                reach = next
                continue
            }
            if isShort, query.filter != nil, plan.scan == .approximate, query.precision != .approximate {
                // The index has given up before enough passed the filter.
                plan = plan.with(.exact)
                reach = plan.firstReach(limit: limit)
                continue
            }
            if query.filter == nil { plan.remember(reach, limit: limit) }
            let hits = try readRows { () throws(DatabaseError) in
                var packer = VectorRowPacker()
                for row in 0..<count {
                    // The rest scores less still.
                    if query.minScore != 0, try VectorRowPacker.similarity(result, row: row) < query.minScore { break }
                    try packer.add(result, row: row, rank: row + 1, withPassages: query.withHighlights)
                }
                return PackedHits(bytes: packer.bytes)
            }
            return SearchAnswer(
                hits: .packed(hits),
                completeness: plan.completeness(reach, seeing: seen, isShort: isShort),
                strategy: "vector_" + plan.strategy,
                embeddingSpace: plan.space.name
            )
        }
    }
}
