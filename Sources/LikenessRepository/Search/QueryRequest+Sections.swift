package import LikenessMessages

extension QueryRequest {
    /// Checks a request for hits that are sections.
    ///
    /// - Throws: `.invalidField` for what is made of profiles, by paths from the request on.
    package func requireSections() throws(RepositoryError) {
        for (field, isSet, reason) in [
            ("page_window", self.pageWindow > 0, "rankings that are kept are of profiles"),
            ("page_token", !self.pageToken.isEmpty, "rankings that are kept are of profiles"),
            ("sections_per_hit", self.sectionsPerHit > 0, "each hit is one section"),
            ("facets", !self.facets.isEmpty, "facets count profiles"),
            ("order_by", !self.orderBy.isEmpty, "it orders profiles"),
            ("diversity", self.diversity > 0, "it chooses among profiles"),
            ("boosts", self.boosts != nil, "they are of profiles"),
        ] where isSet {
            throw .invalidField(path: field, reason: "is set beside GROUP_BY_SECTION: \(reason)")
        }
        try self.query?.requireScoredSections(path: "query")
    }
}

extension Query {
    fileprivate func requireScoredSections(path: String) throws(RepositoryError) {
        guard case .fusion(let fusion)? = self.ask else { return }
        guard fusion.method != .reciprocalRank else {
            let reason = "is RECIPROCAL_RANK beside GROUP_BY_SECTION: the ranks are of profiles"
            throw .invalidField(path: "\(path).fusion.method", reason: reason)
        }
        for (index, part) in fusion.queries.enumerated() {
            try part.query?.requireScoredSections(path: "\(path).fusion.queries[\(index)].query")
        }
    }
}
