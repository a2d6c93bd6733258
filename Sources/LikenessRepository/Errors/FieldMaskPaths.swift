package import LikenessMessages
internal import LikenessReflection

/// What is wrong with the paths of a field mask.
package enum FieldMaskPaths {
    /// Says of each path that is none of the known ones so, and which may have been meant.
    ///
    /// - Parameters:
    ///   - field: The mask, from the request on.
    ///   - what: As in `names no field of Profile`.
    /// - Returns: At most as many as a message's violations.
    package static func faults(
        _ paths: [String],
        in field: String,
        known: [String],
        what: String
    ) -> [Violation] {
        let isKnown = Set(known)
        let unknown = paths.enumerated().lazy.filter { !isKnown.contains($0.element) }
        // A star is never what a misspelt name was meant for.
        let fields = known.filter { $0 != "*" }
        return unknown.prefix(Violations.countMax).map { index, path in
            let path = path.prefix(100)
            return Violation(
                field: "\(field).paths[\(index)]",
                ruleID: "field_path.known",
                message: "\(what): \"\(path)\"\(Suggestion.question(for: String(path), in: fields))"
            )
        }
    }
}
