internal import LikenessMessages
internal import LikenessPostgres

/// Searches among the profiles that pass a filter.
///
/// Filters have any shape, so their statements are not prepared, and are planned with the values at hand.
extension SearchRepository {
    /// How a query is carried out. With a filter it depends on how many profiles pass it.
    func plan(
        _ query: SearchQuery,
        contents: SearchCatalog.Contents,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchPlan {
        let plan = try SearchPlan(query, contents: contents)
        guard let filter = query.filter, plan.scan == .approximate, query.precision != .approximate else { return plan }
        return plan.with(try await self.passFew(filter, contents: contents, deadline: deadline) ? .exact : .approximate)
    }

    /// Whether so few profiles pass a filter that looking at all of them costs less than an index.
    func passFew(
        _ filter: Filter,
        contents: SearchCatalog.Contents,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Bool {
        let most = SearchPlan.exactMatchesMax(liveProfiles: contents.liveProfiles)
        var parameters = Parameters()
        let condition = try filter.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(SearchStatements.matching(condition, limit: most + 1), parameters, deadline: deadline)
        var results = try await self.database.run(batch, settings: SearchPlan.exactSettings, deadline: deadline)
        _ = results.next()
        let result = results.next()
        let count: Int = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        return count <= most
    }

    /// The sections nearest to a vector, and what an answer shows of their profiles.
    func nearest(
        _ vector: Vector,
        _ query: SearchQuery,
        _ plan: SearchPlan,
        _ reach: SearchPlan.Reach,
        limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> QueryResult {
        guard let filter = query.filter else {
            return try await self.database.query(
                plan.vectorStatement(limit: limit, sections: reach.sections, withPassages: query.withHighlights),
                Parameters(vector),
                settings: plan.settings(reach),
                deadline: deadline
            )
        }
        var parameters = Parameters(vector)
        let condition = try filter.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(
            SearchStatements.vector(
                space: plan.space,
                scan: plan.scan,
                limit: limit,
                sections: reach.sections,
                withPassages: query.withHighlights,
                filter: condition
            ),
            parameters,
            deadline: deadline
        )
        var results = try await self.database.run(batch, settings: plan.settings(reach), deadline: deadline)
        _ = results.next()
        return results.next()
    }
}

extension Batch {
    private static let filteredSettings = Statement(
        "",
        """
        SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', $1, true)
        """,
        [.text]
    )

    /// Adds a statement of a filter's shape, and before it the settings that have it planned with its values and stopped by
    /// PostgreSQL itself soon after the deadline; they end with the batch. Two results.
    mutating func addFiltered(_ sql: SQL, _ parameters: Parameters, deadline: ContinuousClock.Instant?) {
        let remaining = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.filteredTimeMax
        let milliseconds = Int64(max(.zero, min(remaining, Self.filteredTimeMax)) / .milliseconds(1)) + 100
        self.add(Self.filteredSettings, Parameters("\(milliseconds)ms"))
        self.add(Statement("", sql, parameters.types), parameters)
    }

    private static let filteredTimeMax = Duration.seconds(600)
}
