package import LikenessMessages

/// What a search is to count beside its hits.
package struct FacetRequest: Sendable {
    let fields: [FacetField]
    /// Values of each.
    let limit: Int
    /// Only values in which a word begins with this; empty for all.
    let prefix: String
    let ignoresOwnFilter: Bool
    /// Hits whose profiles are counted, where not all that match are.
    let window: Int

    private static let limitDefault = 10
    private static let windowDefault = 100

    /// - Parameters:
    ///   - paths: At most 10.
    ///   - options: Within the bounds of the contract.
    /// - Returns: `nil` when nothing is to be counted.
    /// - Throws: `.invalidField(path: "facets[…]", …)`; `.invalidField(path: "facet_options", …)` without facets.
    package init?(_ paths: [String], _ options: FacetOptions?) throws(RepositoryError) {
        guard !paths.isEmpty else {
            guard options == nil else {
                throw .invalidField(path: "facet_options", reason: "is set without facets, which it is about")
            }
            return nil
        }
        var fields: [FacetField] = []
        for (index, path) in paths.enumerated() {
            do throws(FieldPathError) {
                let field = try FacetField(path)
                guard !fields.contains(where: { $0.isSame(as: field) }) else {
                    throw FieldPathError(reason: "names a field that another one names too")
                }
                fields.append(field)
            } catch {
                throw .invalidField(path: Self.path(index), reason: error.reason)
            }
        }
        let options = options ?? FacetOptions()
        self.fields = fields
        self.limit = options.limit == 0 ? Self.limitDefault : Int(options.limit)
        self.prefix = options.prefix
        self.ignoresOwnFilter = options.ignoreOwnFilter
        self.window = options.window == 0 ? Self.windowDefault : Int(options.window)
    }

    /// Hits that a search ranks, where these are counted: no fewer than it chooses among without facets.
    func window(of query: SearchQuery) -> Int { max(self.window, query.limit, query.refinement?.window ?? 0) }

    static func path(_ index: Int) -> String { "facets[\(index)]" }

    /// Facets that are counted under one filter.
    struct Group: Sendable {
        var filter: Filter?
        /// Places in `fields`.
        var fields: [Int]
    }

    /// Facets by the filter that they are counted under.
    func groups(under filter: Filter?) -> [Group] {
        var groups: [Group] = []
        for (place, field) in self.fields.enumerated() {
            let own = self.ignoresOwnFilter ? filter?.without(field) : filter
            if let known = groups.firstIndex(where: { $0.filter?.expression == own?.expression }) {
                groups[known].fields.append(place)
            } else {
                groups.append(Group(filter: own, fields: [place]))
            }
        }
        return groups
    }
}

extension Filter {
    /// The filter without the parts, joined by AND at its top, that ask for a facet's field alone; `nil` when nothing is left.
    func without(_ field: FacetField) -> Filter? {
        func asksForOthers(_ part: FilterExpression) -> Bool {
            part.fields.contains { asked in !field.ownFields.contains { FacetField.areSame($0, asked) } }
        }
        let parts = self.expression.conjuncts
        let left = parts.filter(asksForOthers)
        if left.count == parts.count { return self }
        return left.isEmpty ? nil : Filter(left.count == 1 ? left[0] : .all(left))
    }
}

extension FilterExpression {
    /// What is joined by AND at its top, in parentheses too.
    fileprivate var conjuncts: [FilterExpression] {
        guard case .all(let parts) = self else { return [self] }
        return parts.flatMap(\.conjuncts)
    }

    /// All fields that it asks for, from the profile on.
    fileprivate var fields: [[String]] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap(\.fields)
        case .not(let part): part.fields
        case .condition(let condition): [condition.field.parts]
        case .row(let name, let inside): inside.fields.map { name.parts + $0 }
        }
    }
}
