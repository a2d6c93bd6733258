internal import LikenessMessages
internal import LikenessPostgres

/// What a filter can ask for, and where it is stored.
struct FilterField {
    enum Kind: Sendable {
        case uuid
        case slug
        /// Words are found through `search` of the row; whole texts through an index on `fold_term` where there is one.
        case text(isFolded: Bool)
        /// Long: its words can be asked for, not the whole.
        case prose
        case list
        case time
        case date
        case category
        case number
        /// A place within `attributes`.
        case attribute(path: [String])
    }

    /// The rows that a field is of.
    enum Table: String, CaseIterable {
        case profile = ""
        case experiences, skills

        /// As the SQL of a filter calls a row.
        var alias: SQL {
            switch self {
            case .profile: "p"
            case .experiences: "fe"
            case .skills: "fs"
            }
        }

        var name: SQL {
            switch self {
            case .profile: "profiles"
            case .experiences: "experiences"
            case .skills: "skills"
            }
        }

        var fields: [(name: String, column: SQL, kind: Kind)] {
            switch self {
            case .profile:
                [
                    ("id", "id", .uuid), ("identity_id", "identity_id", .uuid), ("slug", "slug", .slug),
                    ("display_name", "display_name", .text(isFolded: true)),
                    ("headline", "headline", .text(isFolded: false)), ("summary", "summary", .prose),
                    ("location", "location", .text(isFolded: true)), ("tags", "tags", .list),
                    ("keywords", "keywords", .list), ("revision", "revision", .number),
                    ("create_time", "created_at", .time), ("update_time", "updated_at", .time),
                ]
            case .experiences:
                [
                    ("category", "category", .category), ("title", "title", .text(isFolded: true)),
                    ("organization", "organization", .text(isFolded: true)),
                    ("location", "location", .text(isFolded: false)), ("start_date", "start_date", .date),
                    ("end_date", "end_date", .date), ("description", "description", .prose), ("tags", "tags", .list),
                ]
            case .skills:
                [
                    ("name", "name", .text(isFolded: true)), ("category", "category", .text(isFolded: false)),
                    ("level", "level", .text(isFolded: false)), ("keywords", "keywords", .list),
                ]
            }
        }
    }

    /// Keys of `attributes.KEY.KEY…`. PostgreSQL's parser of JSON has a stack to run out of.
    static let attributeDepthMax = 64

    let table: Table
    let column: SQL
    let kind: Kind

    /// Looks a name up.
    ///
    /// - Parameter row: Of which table the row is that the name stands in.
    /// - Throws: `FilterError` with the names that there are.
    init(_ name: FilterName, in row: Table) throws(FilterError) {
        if row == .profile, name.parts.first == "attributes" {
            guard name.parts.count > 1 else {
                throw FilterError(
                    reason: "names attributes without a key, as in attributes.team",
                    position: name.position
                )
            }
            guard name.parts.count - 1 <= Self.attributeDepthMax else {
                throw FilterError(
                    reason:
                        "names an attribute of \(name.parts.count - 1) levels; at most \(Self.attributeDepthMax) are read",
                    position: name.position
                )
            }
            self.init(table: .profile, column: "attributes", kind: .attribute(path: Array(name.parts.dropFirst())))
            return
        }
        var table = row
        var parts = name.parts[...]
        if row == .profile, parts.count > 1, let nested = Table(rawValue: parts.first ?? "") {
            table = nested
            parts = parts.dropFirst()
        }
        guard parts.count == 1, let found = table.fields.first(where: { $0.name == parts.first }) else {
            let known = table.fields.map { table == row ? $0.name : "\(table.rawValue).\($0.name)" }
            let more = row == .profile && table == .profile ? ["experiences.…", "skills.…", "attributes.…"] : []
            throw FilterError(
                reason: "names \"\(name.text)\", which is none of \((known + more).joined(separator: ", "))",
                position: name.position
            )
        }
        self.init(table: table, column: found.column, kind: found.kind)
    }

    private init(table: Table, column: SQL, kind: Kind) { (self.table, self.column, self.kind) = (table, column, kind) }

    /// Whether elements of a list are found through an index.
    var isListIndexed: Bool { self.table != .skills }

    /// The column of a row, as the SQL of a filter writes it.
    var sql: SQL { "\(self.table.alias).\(self.column)" }
}
