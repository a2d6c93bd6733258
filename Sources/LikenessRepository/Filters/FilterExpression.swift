/// A filter as it was written: AIP-160's grammar, before anybody has asked what its fields are.
indirect enum FilterExpression: Hashable, Sendable {
    /// All hold; none of them is empty.
    case all([FilterExpression])
    /// At least one holds.
    case any([FilterExpression])
    case not(FilterExpression)
    case condition(FilterCondition)
    /// `experiences(…)`: one row of a list fulfils all that is inside.
    case row(of: FilterName, FilterExpression)
}

extension FilterExpression {
    /// The columns that it asks about, by their tables.
    func columns(row: FilterField.Table = .profile) throws(FilterError) -> [FilterField.Table: Set<String>] {
        var columns: [FilterField.Table: Set<String>] = [:]
        switch self {
        case .all(let parts), .any(let parts):
            for part in parts { columns.merge(try part.columns(row: row)) { $0.union($1) } }
        case .not(let part): columns = try part.columns(row: row)
        case .row(let name, let inside):
            columns = try inside.columns(row: FilterField.Table(rawValue: name.text) ?? row)
        case .condition(let condition):
            let field = try FilterField(condition.field, in: row)
            columns[field.table] = [field.columnName]
        }
        return columns
    }
}

/// A field's name with its dots, and where it stands.
struct FilterName: Hashable, Sendable {
    let parts: [String]
    /// In characters, from 1.
    let position: Int

    var text: String { self.parts.joined(separator: ".") }
}

/// `field operator value`.
struct FilterCondition: Hashable, Sendable {
    enum Comparison: String, Sendable, CaseIterable {
        case equal = "=", notEqual = "!="
        case less = "<", lessOrEqual = "<="
        case greater = ">", greaterOrEqual = ">="
        case has = ":"
    }

    let field: FilterName
    let comparison: Comparison
    let value: FilterValue
}

struct FilterValue: Hashable, Sendable {
    /// Without its quotes and escapes.
    let content: FilterText
    /// In quotes it is a text, whatever it looks like.
    let isQuoted: Bool
    let position: Int

    /// `field:*`, which asks whether the field has any value.
    var isPresence: Bool { !self.isQuoted && self.content.isOpenAtStart && self.content.text.isEmpty }
}

/// Why a text is no filter.
struct FilterError: Error, Hashable {
    let reason: String
    /// In characters, from 1.
    let position: Int
}
