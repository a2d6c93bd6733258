internal import LikenessPostgres
internal import Synchronization

/// What the text of a statement depends on.
enum StatementShape: Hashable, Sendable {
    typealias Precision = EmbeddingSpaceInfo.IndexPrecision

    case text(limit: Int, withPassages: Bool, SearchStatements.Nominees)
    case vector(SpaceTable, Precision, SearchStatements.Scan, limit: Int, sections: Int, withPassages: Bool)
    case hybrid(
        SpaceTable,
        Precision,
        SearchStatements.Scan,
        limit: Int,
        sections: Int,
        withPassages: Bool,
        SearchStatements.Nominees
    )
    /// All that a search by words is about.
    case matches(SearchStatements.Nominees)
    case passing
    /// All that a search by words is about, in an order of their own.
    case ordered(HitOrder, limit: Int, SearchStatements.Nominees)
    /// Hits of a ranking that is known.
    case page(SearchStatements.Passages)
    /// Off the hot path: what it does, and the table.
    case named(String)
}

/// Keeps the statements whose text depends on the shape of a query or on a space, each built once.
///
/// Their names on the server are numbers: PostgreSQL cuts names after 63 bytes, and two long ones could become one.
final class StatementCache: Sendable {
    static let shared = StatementCache()

    private let statements = Mutex<[StatementShape: Statement]>([:])

    func statement(_ shape: StatementShape, _ types: [PostgresType], _ text: () -> SQL) -> Statement {
        self.statements.withLock { statements in
            if let known = statements[shape] { return known }
            let statement = Statement("shape_\(statements.count)", text(), types)
            statements[shape] = statement
            return statement
        }
    }
}
