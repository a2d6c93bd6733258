internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// An order of hits other than by score. Ties break by ascending id.
package struct HitOrder: Hashable, Sendable {
    package enum Field: String, Hashable, Sendable, CaseIterable {
        case updateTime = "update_time"
        case displayName = "display_name"
        case yearsOfExperience = "years_of_experience"
    }

    package let field: Field
    package let isDescending: Bool

    /// - Parameter text: A field, and `desc` in any case behind it for the other way.
    /// - Throws: `.invalidField(path: "order_by", …)`.
    init(_ text: String) throws(RepositoryError) {
        let words = text.split(separator: " ")
        let direction = words.dropFirst().first?.lowercased() ?? "asc"
        guard let field = words.first.flatMap({ Field(rawValue: String($0)) }), words.count <= 2,
            ["asc", "desc"].contains(direction)
        else {
            let fields = Field.allCases.map(\.rawValue)
            let name = words.first.map(String.init) ?? ""
            throw .invalidField(
                path: "order_by",
                reason:
                    "is \"\(text)\", which is none of \(fields.joined(separator: ", ")), alone or with desc behind it"
                    + (fields.contains(name) ? "" : Suggestion.question(for: name, in: fields))
            )
        }
        self.field = field
        self.isDescending = direction == "desc"
    }

    /// The stored fields that it looks at.
    var sources: [[String]] {
        switch self.field {
        case .updateTime: [["update_time"]]
        case .displayName: [["display_name"]]
        case .yearsOfExperience:
            [["experiences", "category"], ["experiences", "start_date"], ["experiences", "end_date"]]
        }
    }

    /// What follows ORDER BY, of rows `p` of `profiles`.
    var sql: SQL {
        let key: SQL =
            switch self.field {
            case .updateTime: "p.updated_at"
            case .displayName: "fold_term(p.display_name) COLLATE \"C\""
            case .yearsOfExperience: "(\(WorkYears.days(of: "p.id")))"
            }
        return "\(key)\(self.isDescending ? " DESC" : "") NULLS LAST, p.id"
    }
}
