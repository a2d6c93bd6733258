internal import LikenessPostgres
internal import Synchronization

/// What the text of a statement depends on.
enum StatementShape: Hashable, Sendable {
    typealias Precision = EmbeddingSpaceInfo.IndexPrecision

    case text(limit: Int, withPassages: Bool, withSections: Bool, SearchStatements.Nominees)
    case vector(
        SpaceTable,
        Precision,
        SearchStatements.Scan,
        limit: Int,
        described: Int?,
        sections: Int,
        withPassages: Bool
    )
    case hybrid(
        SpaceTable,
        Precision,
        SearchStatements.Scan,
        limit: Int,
        described: Int?,
        sections: Int,
        withPassages: Bool,
        SearchStatements.Nominees,
        HybridScore.Kinds
    )
    /// All that a search by words is about.
    case matches(SearchStatements.Nominees)
    case passing
    /// All that a search by words is about, in an order of their own.
    case ordered(HitOrder, limit: Int, SearchStatements.Nominees)
    /// Hits of a ranking that is known.
    case page(SearchStatements.Passages)
    /// Off the hot path: what it does, and the table or what else its text depends on.
    case named(String, of: String)

    /// What the times of such statements are counted under.
    var label: String {
        switch self {
        case .text: "search_rank_text"
        case .vector: "search_rank_vector"
        case .hybrid: "search_rank_hybrid"
        case .matches: "search_matches"
        case .passing: "search_passing"
        case .ordered: "search_ordered"
        case .page: "search_page"
        case .named(let name, of: _): name
        }
    }
}

/// Keeps the statements whose text depends on the shape of a query or on a space, each built once for a `Database`.
///
/// Their names on the server are digests of their texts: PostgreSQL cuts names after 63 bytes, and two long ones could become one;
/// and all others that use the connections of the pool, one name has one text.
final class StatementCache: Sendable {
    private let statements = Mutex<[StatementShape: Statement]>([:])

    func statement(_ shape: StatementShape, _ types: [PostgresType], _ text: () -> SQL) -> Statement {
        self.statements.withLock { statements in
            if let known = statements[shape] { return known }
            let text = text()
            let digest = SipHash.tag(of: Array(text.text.utf8), key: SipHash.Key(low: 0, high: 0))
            let statement = Statement("shape_\(String(digest, radix: 16))", text, types, countedAs: shape.label)
            statements[shape] = statement
            return statement
        }
    }
}
