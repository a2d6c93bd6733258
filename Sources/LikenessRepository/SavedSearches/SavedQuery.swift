package import FoundationEssentials
internal import LikenessMessages

/// A saved search as it is compared with profiles.
package struct SavedQuery: Sendable {
    package let id: UUID
    /// `nil` for all that pass the filter.
    let query: SearchQuery?
    let filter: Filter?
    /// As it was written: searches with the same share its evaluation.
    let filterText: String
    /// What its owner sees of profiles; `nil` for everything.
    let view: View?
    /// What profiles can score at most; `nil` without a query.
    let bound: ScoreBound?

    /// Why it can match no profile, in the words of a search's completeness; `nil` when it can.
    package var emptiness: String? {
        guard case .words(let reading)? = self.bound, reading.wordCount == 0 else { return nil }
        return reading.completeness(Completeness(level: .exact)).reason
    }

    /// A profile that does not pass does not match, whatever its texts are.
    var condition: Filter? {
        get throws(RepositoryError) {
            guard let view = self.view else { return self.filter }
            return try view.condition(and: self.filter)
        }
    }
}

extension SearchRepository {
    /// Checks a query that is to be saved, and reads its words.
    ///
    /// - Parameters:
    ///   - query: `nil` for all that pass the filter.
    ///   - view: What its owner sees.
    /// - Throws: What a search would.
    package func saved(
        _ id: UUID,
        _ query: SearchQuery?,
        filter filterText: String,
        view: View?,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SavedQuery {
        let filter = filterText.isEmpty ? nil : try Filter(filterText)
        var bound: ScoreBound?
        if let view { _ = try view.condition(and: filter) }
        if var query {
            (query.filter, query.view) = (filter, view)
            try await self.validate(query, deadline: deadline)
            bound = try await self.bound(of: query, deadline: deadline)
        }
        return SavedQuery(
            id: id,
            query: query,
            filter: filter,
            filterText: filterText,
            view: view,
            bound: bound
        )
    }

    private func bound(
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ScoreBound {
        if case .text(let text) = query.ask { return .words(try await self.reading(of: text, deadline: deadline)) }
        let space = try await self.space(named: query.embeddingSpace, deadline: deadline)
        guard case .fusion(let fusion) = query.ask else {
            return try await self.bound(
                of: .init(query.ask, furtherVectors: query.furtherVectors),
                space,
                deadline: deadline
            )
        }
        return try await self.bound(of: fusion, space, deadline: deadline)
    }

    private func reading(
        of text: String,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchWords.Reading {
        try await self.reading(of: text, self.database.reads(at: nil, deadline: deadline))
    }

    private func bound(
        of fusion: SearchFusion,
        _ space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ScoreBound {
        guard fusion.method == .linear else { return .any }
        var parts: [(weight: Double, bound: ScoreBound)] = []
        for part in fusion.parts {
            let bound: ScoreBound
            switch part.query {
            case .leaf(let leaf): bound = try await self.bound(of: leaf, space, deadline: deadline)
            case .fusion(let inner): bound = try await self.bound(of: inner, space, deadline: deadline)
            }
            parts.append((part.weight, bound))
        }
        return .mean(parts)
    }

    private func bound(
        of leaf: SearchFusion.Leaf,
        _ space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ScoreBound {
        func lanes(_ first: [Float]) throws(RepositoryError) -> [UnitLanes] {
            var lanes: [UnitLanes] = []
            for values in [first] + leaf.furtherVectors {
                lanes.append(
                    UnitLanes(try UnitVector.values(values, dimension: space.dimension, path: "query.vector.values"))
                )
            }
            return lanes
        }
        switch leaf.ask {
        case .fusion: preconditionFailure("a fusion's queries are none")
        case .text(let text): return .words(try await self.reading(of: text, deadline: deadline))
        case .vector(let values): return .meaning(try lanes(values))
        case .hybrid(let text, let values):
            return .both(try lanes(values), try await self.reading(of: text, deadline: deadline))
        }
    }
}
