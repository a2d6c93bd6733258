internal import LikenessPostgres

extension SearchRepository {
    /// Checks a query as a search does before it ranks.
    ///
    /// - Throws: What ``search(_:deadline:)`` would for the query itself.
    package func validate(
        _ query: SearchQuery,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline)
        var filter = query.filter
        if let view = query.view { filter = try view.condition(and: filter) }
        var parameters = Parameters()
        _ = try SearchScope(filter: filter, among: nil).sql(&parameters)
        var leaves = [SearchFusion.Leaf(query.ask)]
        if case .fusion(let fusion) = query.ask { leaves = fusion.leaves }
        let contents = try await self.catalog.contents(deadline: deadline)
        for leaf in leaves {
            do throws(RepositoryError) {
                _ = try await self.read(leaf.ask, query, contents, reads)
            } catch {
                throw error.inside(query: leaf.path)
            }
        }
    }

    /// Checks that a token is one of the caller's and of this query. Whether its ranking is still kept is not looked up.
    package func validatePage(at token: String, _ request: PageRequest) throws(RepositoryError) {
        _ = try self.cursor(at: token, request)
    }
}
