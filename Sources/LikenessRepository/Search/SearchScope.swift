internal import FoundationEssentials
internal import LikenessMessages
package import LikenessPostgres

/// Who may be found: live profiles that pass the filter, or those among a few.
struct SearchScope: Sendable {
    let filter: Filter?
    /// Ids; `nil` for all.
    let among: [UUID]?

    /// No live profile is left out.
    var isWhole: Bool { self.filter == nil && self.among == nil }

    /// As SQL, with the values that it compares with behind the parameters that there are.
    func sql(_ parameters: inout Parameters) throws(RepositoryError) -> ScopeSQL {
        var conditions: [SQL] = []
        if let among = self.among {
            parameters.append(among)
            conditions.append("p.id = ANY($\(parameters.count))")
        }
        if let filter = self.filter { conditions.append(try filter.sql(&parameters)) }
        return ScopeSQL(
            condition: conditions.isEmpty ? nil : conditions.dropFirst().reduce(conditions[0]) { "\($0) AND \($1)" }
        )
    }
}

/// A scope in a statement.
package struct ScopeSQL: Sendable {
    /// On a row `p` of `profiles`; `nil` lets all live ones through.
    let condition: SQL?

    package static let live = ScopeSQL(condition: nil)

    package init(condition: SQL?) { self.condition = condition }

    /// Live profiles are all there is to it, which whatever is copied from a profile knows too (`is_active`).
    var isWhole: Bool { self.condition == nil }

    /// What follows FROM: rows `p` that are within.
    var profiles: SQL { "profiles p WHERE p.is_active\(self.passes)" }

    /// Follows a condition on a live `p`.
    var passes: SQL { self.condition.map { " AND \($0)" } ?? "" }

    /// Whether a profile is within. `OFFSET 0` keeps that from becoming a join, whose order the planner would choose: it is looked
    /// at for each profile that comes along, until enough are within.
    func holds(_ profile: SQL) -> SQL {
        "EXISTS (SELECT FROM profiles p WHERE p.id = \(profile) AND p.is_active\(self.passes) OFFSET 0)"
    }
}
