internal import LikenessMessages
internal import LikenessPostgres

extension SearchRepository {
    /// The statement that a search by vector through the index of the active space runs first; where there is none, by comparing with all.
    ///
    /// - Parameter limit: Hits, 1...1000; the statement is that of the smallest size that holds it.
    /// - Returns: Its text, with the vector as `$1`, and the settings of the session that it is planned and run in, as libpq's `options`.
    package func vectorStatement(limit: Int) async throws(RepositoryError) -> (text: String, options: String) {
        var query = SearchQuery(.vector([]))
        query.limit = limit
        query.precision = .approximate
        guard let size = SearchStatements.limits.first(where: { $0 >= limit }), limit >= 1 else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        let plan = try SearchPlan(query, contents: try await self.catalog.contents(deadline: nil))
        let reach = plan.reach(limit: size, multiple: SearchPlan.multiples[0])
        let statement = SearchStatements.vector(
            space: plan.space,
            scan: plan.scan,
            limit: size,
            sections: reach.sections,
            withPassages: query.withHighlights
        )
        var settings = Self.sessionSettings
        for setting in plan.settings(reach) { settings[setting.name] = setting.value }
        let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }
        return (statement.text, options.joined(separator: " "))
    }
}
