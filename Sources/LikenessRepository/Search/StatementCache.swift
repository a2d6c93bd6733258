internal import LikenessPostgres
internal import Synchronization

/// Keeps the statements whose text depends on the shape of a query or on a space, each built once.
///
/// Their names on the server are numbers: PostgreSQL cuts names after 63 bytes, and two long ones could become one.
final class StatementCache: Sendable {
    static let shared = StatementCache()

    private let statements = Mutex<[String: Statement]>([:])

    /// - Parameter key: Names the shape; equal keys have equal texts.
    func statement(_ key: String, _ types: [PostgresType], _ text: () -> String) -> Statement {
        self.statements.withLock { statements in
            if let known = statements[key] { return known }
            let statement = Statement("shape_\(statements.count)", text(), types)
            statements[key] = statement
            return statement
        }
    }
}
