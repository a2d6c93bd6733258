internal import LikenessMessages

/// What a filter costs, by its shape alone: in reads of all profiles, of which each has some four experiences and skills.
///
/// A condition that an index answers costs nothing here; their number is bounded by `FilterParser.conditionsMax`. On a
/// million people one read of all profiles takes about a second.
enum FilterCost {
    /// As much as five stars, or ten words, in experiences.
    static let max = 40

    static func of(_ field: FilterField, _ condition: FilterCondition) -> Int {
        let rows = field.table == .profile ? 1 : 4
        /// Every row's text is folded.
        let folding = 2 * rows
        let isPattern = condition.value.content.isPattern
        if condition.comparison == .has, condition.value.isPresence { return field.table == .profile ? 0 : 1 }
        switch field.kind {
        case .uuid, .time, .number: return field.isIndexed ? 0 : 1
        case .key: return isPattern ? 1 : 0
        case .text, .prose:
            // The index finds rows by all of their texts; the one text of each is read for its words again.
            if condition.comparison == .has { return rows }
            return field.isIndexed && !isPattern ? 0 : folding
        case .list:
            if isPattern { return folding }
            return field.isIndexed ? 0 : 1
        // An index finds many rows by one of these.
        case .category, .date: return 1
        case .json:
            switch condition.comparison {
            case .equal, .notEqual, .has: return 0
            case .less, .lessOrEqual, .greater, .greaterOrEqual: return 1
            }
        }
    }
}
