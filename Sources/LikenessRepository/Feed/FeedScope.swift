internal import LikenessMessages
internal import LikenessPostgres

/// What a stream shows of the changes.
package struct FeedScope: Sendable {
    /// `nil` for everything.
    package let view: View?
    let filter: Filter?

    /// - Parameter filter: As it was written.
    /// - Throws: `.invalidField` for what is no filter, and for one that asks for more than the view shows whole.
    package init(view: View?, filter: String) throws(RepositoryError) {
        self.view = view
        self.filter = try Filter(filter)
        _ = try view?.condition(and: self.filter)
    }

    /// Of the masks in their revisions; a position belongs to one.
    package var stamp: String { self.view?.stamp ?? "" }

    /// Whether every change is shown as it is. If not, it is compared what was shown before with what is shown after it.
    package var showsAll: Bool { self.view == nil && self.filter == nil }

    /// Which live profiles there are.
    func sql(_ parameters: inout Parameters) throws(RepositoryError) -> SQL {
        if let view { return try view.sql(and: self.filter, &parameters) }
        guard let filter else { return "p.is_active" }
        return "(p.is_active AND \(try filter.sql(&parameters)))"
    }

    func shown(_ profile: Profile) -> Profile { self.view?.shown(profile) ?? profile }
}
