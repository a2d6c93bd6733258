internal import LikenessMessages
internal import LikenessPostgres

extension FieldFacts {
    /// The column that the field is stored in; `nil` for rows, which have a table of their own.
    var column: SQL? {
        if case .rows = self.filtering { return nil }
        // Where the schema and the contract have different names.
        return switch self.name {
        case "attributes_json": "attributes"
        case "create_time": "created_at"
        case "update_time": "updated_at"
        case "delete_time": "deleted_at"
        default: Self.column(called: self.name)
        }
    }

    private static func column(called name: String) -> SQL {
        guard let column = SQL(plainName: name) else {
            preconditionFailure("a field has a name that no column can have")
        }
        return column
    }
}
