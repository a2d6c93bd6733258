internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// What a filter can ask for, and where it is stored.
struct FilterField {
    /// The rows that a field is of: of a profile, or of those of its fields that a filter asks for by their rows.
    enum Table: String, CaseIterable {
        case profile = ""
        case experiences, skills
        case externalIDs = "external_ids"

        /// As the SQL of a filter calls a row.
        var alias: SQL {
            switch self {
            case .profile: "p"
            case .experiences: "fe"
            case .skills: "fs"
            case .externalIDs: "fx"
            }
        }

        var name: SQL {
            switch self {
            case .profile: "profiles"
            case .experiences: "experiences"
            case .skills: "skills"
            case .externalIDs: "external_ids"
            }
        }

        /// The fields that a filter compares, in the order of the contract.
        var fields: [Field] {
            switch self {
            case .profile: Self.profileFields
            case .experiences: Self.experienceFields
            case .skills: Self.skillFields
            case .externalIDs: Self.externalIDFields
            }
        }

        private static let profileFields = Self.filtered(Profile.fieldFacts)
        private static let experienceFields = Self.filtered(Experience.fieldFacts)
        private static let skillFields = Self.filtered(Skill.fieldFacts)
        private static let externalIDFields = Self.filtered(ExternalId.fieldFacts)

        private static func filtered<Record>(_ facts: [FieldFacts<Record>]) -> [Field] {
            facts.compactMap { facts in
                guard let filter = facts.filter, let column = facts.column else { return nil }
                return Field(filter: filter, column: column)
            }
        }
    }

    /// A field of a row.
    struct Field {
        let filter: FieldFilter
        let column: SQL
    }

    /// Keys of `attributes.KEY.KEY…`. PostgreSQL's parser of JSON has a stack to run out of.
    static let attributeDepthMax = 64

    let table: Table
    let kind: FieldFilter.Kind
    /// Whether an index finds the whole value, or an element of a list.
    let isIndexed: Bool
    /// The place within a JSON object; empty for other kinds.
    let path: [String]
    private let column: SQL

    /// Looks a name up.
    ///
    /// - Parameter row: Of which table the row is that the name stands in.
    /// - Throws: `FilterError` with the names that there are.
    init(_ name: FilterName, in row: Table) throws(FilterError) {
        var table = row
        var parts = name.parts[...]
        if row == .profile, parts.count > 1, let nested = Table(rawValue: parts.first ?? "") {
            table = nested
            parts = parts.dropFirst()
        }
        guard let found = table.fields.first(where: { $0.filter.name == parts.first }),
            parts.count == 1 || found.filter.kind == .json
        else { throw Self.unknown(name, in: table, row: row) }
        let path = Array(parts.dropFirst())
        if found.filter.kind == .json { try Self.check(path, of: found.filter.name, at: name.position) }
        self.table = table
        self.kind = found.filter.kind
        self.isIndexed = found.filter.isIndexed
        self.path = path
        self.column = found.column
    }

    private static func check(_ path: [String], of name: String, at position: Int) throws(FilterError) {
        guard !path.isEmpty else {
            throw FilterError(reason: "names \(name) without a key, as in \(name).team", position: position)
        }
        guard path.count <= Self.attributeDepthMax else {
            throw FilterError(
                reason: "names an attribute of \(path.count) levels; at most \(Self.attributeDepthMax) are read",
                position: position
            )
        }
    }

    private static func unknown(_ name: FilterName, in table: Table, row: Table) -> FilterError {
        var known: [String] = []
        for field in table.fields {
            let prefix = table == row ? "" : "\(table.rawValue)."
            known.append(prefix + field.filter.name + (field.filter.kind == .json ? ".…" : ""))
        }
        if table == .profile { known += Table.allCases.dropFirst().map { "\($0.rawValue).…" } }
        return FilterError(
            reason: "names \"\(name.text)\", which is none of \(known.joined(separator: ", "))"
                + Self.question(for: name, row: row),
            position: name.position
        )
    }

    /// Which field may have been meant: one that is spelt alike, or that of which the name asks for a part. Texts have no parts,
    /// though facets count some.
    private static func question(for name: FilterName, row: Table) -> String {
        let names = Self.names(from: row)
        let whole = name.parts.dropLast().joined(separator: ".")
        guard names.contains(whole) else { return Suggestion.question(for: name.text, in: names) }
        return "; did you mean \(whole), of which a star leaves a part open: \(whole) = \"*…\"?"
    }

    /// The full names of all fields, but for keys of attributes, as a filter on such rows names them.
    private static func names(from row: Table) -> [String] {
        let tables = row == .profile ? Table.allCases : [row]
        return tables.flatMap { table in
            table.fields.map { table == row ? $0.filter.name : "\(table.rawValue).\($0.filter.name)" }
        }
    }

    /// The column without its row.
    var columnName: String { self.column.text }

    /// The column of a row, as the SQL of a filter writes it.
    var sql: SQL { "\(self.table.alias).\(self.column)" }
}
