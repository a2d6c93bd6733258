package import LikenessMessages

extension QueryRequest {
    /// What keeps it from being saved: whether a profile matches has to be a matter of that profile alone.
    ///
    /// - Returns: By paths from the request on. What else is wrong with its query, filter and mask is said by those who read them.
    package func savingFaults() -> [Violation] {
        var faults: [Violation] = []
        func add(_ field: String, _ message: String, rule: String = "value") {
            faults.append(Violation(field: field, ruleID: rule, message: message))
        }
        for (field, isSet) in [
            ("limit", self.limit != 0), ("precision", self.precision != .unspecified),
            ("ef_search", self.efSearch != 0),
            ("probes", self.probes != 0), ("page_token", !self.pageToken.isEmpty), ("facets", !self.facets.isEmpty),
            ("skip_highlights", self.skipHighlights), ("consistency_token", !self.consistencyToken.isEmpty),
            ("page_window", self.pageWindow != 0), ("facet_options", self.facetOptions != nil),
            ("validate_only", self.validateOnly), ("read_mask", self.readMask != nil),
            ("sections_per_hit", self.sectionsPerHit != 0), ("order_by", !self.orderBy.isEmpty),
            ("window", self.window != 0), ("diversity", self.diversity != 0), ("boosts", self.boosts != nil),
            ("group_by", self.groupBy != .unspecified),
        ] where isSet {
            add(field, "is set: it does not decide who matches, and cannot be saved")
        }
        if self.minRelevance != 0 {
            add("min_relevance", "is set: save the min_score that it comes to, which ExplainQuery says")
        }
        guard let query = self.query, query.ask != nil else {
            if self.filter.isEmpty {
                add("query", "is required where there is no filter", rule: "required")
            }
            for (field, isSet) in [
                ("min_score", self.minScore != 0), ("embedding_space", !self.embeddingSpace.isEmpty),
            ] where isSet {
                add(field, "is set without a query, which alone has scores")
            }
            return faults
        }
        Self.addFaults(of: query, path: "query", &faults)
        if !query.isByWordsAlone, self.minScore == 0 {
            add(
                "min_score",
                "is required: by meaning every profile is similar in some measure, only a score tells who matches",
                rule: "required"
            )
        }
        return faults
    }

    private static func addFaults(of query: Query, path: String, _ faults: inout [Violation]) {
        switch query.ask {
        case .examples?:
            faults.append(
                Violation(
                    field: "\(path).examples",
                    ruleID: "value",
                    message:
                        "cannot be saved: examples change and go; save the derived_query that a search answers with"
                )
            )
        case .fusion(let fusion)?:
            if fusion.method == .reciprocalRank {
                faults.append(
                    Violation(
                        field: "\(path).fusion.method",
                        ruleID: "value",
                        message: "cannot be saved: a rank is a matter of all profiles"
                    )
                )
            }
            for (index, part) in fusion.queries.enumerated() {
                guard let inner = part.query else { continue }
                Self.addFaults(of: inner, path: "\(path).fusion.queries[\(index)].query", &faults)
            }
        case .text?, .vector?, nil: break
        }
    }
}

extension Query {
    /// One text that is matched by its words.
    package var isByWordsAlone: Bool {
        if case .text(let text)? = self.ask { text.mode == .text } else { false }
    }
}
