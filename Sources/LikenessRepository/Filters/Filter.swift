internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// A filter that is ready for SQL: a condition over one row of `profiles`, called `p`, and its parameters.
///
/// Values travel as parameters only. Conditions are never NULL, so that `NOT` has two outcomes.
package struct Filter: Sendable {
    let expression: FilterExpression

    /// Of parts that were filters, or are as good.
    init(_ expression: FilterExpression) { self.expression = expression }

    /// - Returns: `nil` for a filter that lets everything through.
    /// - Throws: `.invalidField(path: "filter", …)`, which says at which character.
    package init?(_ text: String) throws(RepositoryError) {
        do throws(FilterError) {
            guard let expression = try FilterParser.parse(text) else { return nil }
            // Names, operators and values are wrong or right before anything is sent, and so is what they cost.
            var compiler = FilterCompiler(parameters: Parameters())
            _ = try compiler.sql(expression, row: .profile)
            guard compiler.cost <= FilterCost.max else {
                throw FilterError(
                    reason:
                        "costs \(compiler.cost) where \(FilterCost.max) are allowed: too many stars, words and other "
                        + "conditions that no index answers",
                    position: 1
                )
            }
            self.expression = expression
        } catch {
            throw .invalidField(path: "filter", reason: "\(error.reason) (at character \(error.position))")
        }
    }

    /// The columns that it asks about, by their tables.
    ///
    /// - Parameter path: What an error names.
    func columns(path: String = "filter") throws(RepositoryError) -> [FilterField.Table: Set<String>] {
        do {
            return try self.expression.columns()
        } catch {
            throw .invalidField(path: path, reason: "\(error.reason) (at character \(error.position))")
        }
    }

    /// Longer texts are refused.
    package static let bytesMax = FilterParser.bytesMax

    /// The condition as SQL with its placeholders: for tests.
    package var conditionText: String {
        get throws(RepositoryError) {
            var parameters = Parameters()
            return try self.sql(&parameters).text
        }
    }

    /// The condition, with its parameters behind those that a statement has already.
    ///
    /// - Parameter rows: How lists of a profile are looked into; the outcome is the same.
    func sql(
        _ parameters: inout Parameters,
        rows: FilterCompiler.Rows = .ofAll
    ) throws(RepositoryError) -> SQL {
        do {
            var compiler = FilterCompiler(parameters: parameters, rows: rows)
            let sql = try compiler.sql(self.expression, row: .profile)
            parameters = compiler.parameters
            return sql
        } catch {
            throw .invalidField(path: "filter", reason: "\(error.reason) (at character \(error.position))")
        }
    }
}

/// Turns a filter's expression into SQL.
struct FilterCompiler {
    private(set) var parameters: Parameters
    /// What the conditions so far cost; see `FilterCost`.
    private(set) var cost = 0

    /// How the lists of a profile are looked into.
    enum Rows: Sendable {
        /// Those of all profiles at once, by their indexes.
        case ofAll
        /// Those of one profile after the other, which costs less where few profiles are looked at.
        case ofEach
    }
    private let rows: Rows

    init(parameters: Parameters, rows: Rows = .ofAll) { (self.parameters, self.rows) = (parameters, rows) }

    mutating func sql(_ expression: FilterExpression, row: FilterField.Table) throws(FilterError) -> SQL {
        switch expression {
        case .all(let parts): return try self.joined(parts, " AND ", row)
        case .any(let parts): return try self.joined(parts, " OR ", row)
        case .not(let part): return "(NOT \(try self.sql(part, row: row)))"
        case .condition(let condition): return try self.sql(condition, row: row)
        case .row(let name, let inside):
            guard row == .profile, name.parts.count == 1, let table = FilterField.Table(rawValue: name.text) else {
                throw FilterError(
                    reason: "has parentheses behind \"\(name.text)\"; they may stand behind "
                        + Self.lists,
                    position: name.position
                )
            }
            return self.holds(try self.sql(inside, row: table), in: table)
        }
    }

    private mutating func joined(
        _ parts: [FilterExpression],
        _ word: SQL,
        _ row: FilterField.Table
    ) throws(FilterError) -> SQL {
        var sql: SQL = ""
        for (index, part) in parts.enumerated() {
            sql = index == 0 ? try self.sql(part, row: row) : "\(sql)\(word)\(try self.sql(part, row: row))"
        }
        return "(\(sql))"
    }

    /// What they may stand behind.
    private static let lists = FilterField.Table.allCases.dropFirst().map(\.rawValue).joined(separator: ", ")

    /// Some row of a profile's list fulfils a condition.
    private func holds(_ condition: SQL, in table: FilterField.Table) -> SQL {
        switch self.rows {
        case .ofAll:
            "(p.id IN (SELECT \(table.alias).profile_id FROM \(table.name) \(table.alias) WHERE \(condition)))"
        case .ofEach:
            """
            (EXISTS (SELECT FROM \(table.name) \(table.alias) WHERE \(table.alias).profile_id = p.id AND (\(condition))))
            """
        }
    }

    /// `!=` is the opposite of `=`: no row of a list is equal.
    private mutating func sql(_ condition: FilterCondition, row: FilterField.Table) throws(FilterError) -> SQL {
        let field = try FilterField(condition.field, in: row)
        self.cost += FilterCost.of(field, condition)
        let isNegated = condition.comparison == .notEqual
        let comparison = isNegated ? .equal : condition.comparison
        var sql = try FilterComparison(field: field, condition: condition, comparison: comparison).sql(&self.parameters)
        if field.table != row { sql = self.holds(sql, in: field.table) }
        return isNegated ? "(NOT \(sql))" : sql
    }
}
