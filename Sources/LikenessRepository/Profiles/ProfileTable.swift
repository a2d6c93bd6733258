internal import LikenessPostgres

/// A table that writes of profiles fill: its columns once, for the INSERT of one row and for the COPY of many.
struct ProfileTable: Sendable {
    /// Of one row.
    let insert: Statement
    /// Of many, in binary.
    let copy: SQL

    private init(_ name: SQL, insert statement: String, _ columns: [(name: SQL, type: PostgresType)]) {
        var (names, values): (SQL, SQL) = ("", "")
        for (index, column) in columns.enumerated() {
            let separator: SQL = index == 0 ? "" : ", "
            names = "\(names)\(separator)\(column.name)"
            values = "\(values)\(separator)$\(index + 1)"
        }
        self.insert = Statement(statement, "INSERT INTO \(name) (\(names)) VALUES (\(values))", columns.map(\.type))
        self.copy = "COPY \(name) (\(names)) FROM STDIN (FORMAT binary)"
    }

    static let profiles = ProfileTable(
        "profiles",
        insert: "profile_insert",
        [
            ("id", .uuid), ("identity_id", .uuid), ("slug", .text), ("display_name", .text), ("headline", .text),
            ("summary", .text), ("location", .text), ("tags", .textArray), ("keywords", .textArray),
            ("attributes", .jsonb),
        ]
    )
    static let experiences = ProfileTable(
        "experiences",
        insert: "experience_insert",
        [
            ("id", .uuid), ("profile_id", .uuid), ("position", .int4), ("category", .int2), ("title", .text),
            ("organization", .text), ("location", .text), ("start_date", .date), ("start_precision", .int2),
            ("end_date", .date), ("end_precision", .int2), ("description", .text), ("highlights", .textArray),
            ("tags", .textArray),
        ]
    )
    static let externalIDs = ProfileTable(
        "external_ids",
        insert: "external_id_insert",
        [("profile_id", .uuid), ("position", .int4), ("system", .text), ("id", .text)]
    )
    static let revisions = ProfileTable(
        "profile_revisions",
        insert: "profile_revision_insert",
        [
            ("profile_id", .uuid), ("revision", .int8), ("caller", .text), ("method", .text),
            ("changed_paths", .textArray), ("previous", .bytea),
        ]
    )
    static let skills = ProfileTable(
        "skills",
        insert: "skill_insert",
        [
            ("id", .uuid), ("profile_id", .uuid), ("position", .int4), ("name", .text), ("category", .text),
            ("level", .text), ("keywords", .textArray),
        ]
    )
}
