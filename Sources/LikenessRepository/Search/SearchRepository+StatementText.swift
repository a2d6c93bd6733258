internal import LikenessMessages
internal import LikenessPostgres

extension SearchRepository {
    /// The text of the statement that a search by vector through the index of the active space runs first.
    ///
    /// - Parameter limit: Hits, 1...1000; the statement is that of the smallest size that holds it.
    package func vectorStatementText(limit: Int) async throws(RepositoryError) -> String {
        var query = SearchQuery(.vector([]))
        query.limit = limit
        query.precision = .approximate
        guard let size = SearchStatements.limits.first(where: { $0 >= limit }), limit >= 1 else {
            throw .invalidField(path: "limit", reason: "is not within 1...1000")
        }
        let plan = try SearchPlan(query, contents: try await self.catalog.contents(deadline: nil))
        return SearchStatements.vector(
            space: plan.space,
            scan: plan.scan,
            limit: size,
            sections: plan.reach(limit: size, multiple: SearchPlan.multiples[0]).sections,
            withPassages: query.withHighlights
        ).text
    }
}
