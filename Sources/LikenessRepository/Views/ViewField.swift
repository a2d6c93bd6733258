internal import LikenessMessages
internal import LikenessReflection

/// A field of a profile that a view can hide, as filters name fields.
struct ViewField: Hashable, Sendable {
    /// "headline"; "experiences", "organization"; "attributes", "salary".
    let parts: [String]

    /// Why a path is none.
    struct Objection: Error {
        let ruleID: String
        let reason: String
    }

    static let displayName = "display_name"
    static let attributes = "attributes"

    /// - Parameter path: `headline`, `experiences.organization`, `attributes.salary`, `attributes."a key"`.
    init(_ path: String) throws(Objection) {
        guard let parts = FilterParser.fieldPath(path) else {
            throw Objection(
                ruleID: "field_path",
                reason: "is \"\(path.prefix(100))\", which is not the path of a field"
            )
        }
        self.parts = parts
        switch Self.isMaskable(self.parts) {
        case nil:
            let question = Suggestion.question(for: path, in: Self.maskable)
            throw Objection(
                ruleID: "field_path.known",
                reason: "names no field of Profile: \"\(path.prefix(100))\"\(question)"
            )
        case false?: throw Objection(ruleID: "field_path.maskable", reason: "names a field that every view shows")
        case true?: break
        }
        guard self.parts != [Self.displayName] else {
            throw Objection(
                ruleID: "field_path.required",
                reason: "names a field that every profile has: use coarsening.display_name"
            )
        }
    }

    /// The paths of fields that views can hide, but for keys of attributes.
    private static let maskable: [String] = {
        let nested: [(table: FilterField.Table, names: [String])] = [
            (.experiences, Experience.fieldFacts.filter(\.isMaskable).map(\.viewName)),
            (.skills, Skill.fieldFacts.filter(\.isMaskable).map(\.viewName)),
            (.externalIDs, ExternalId.fieldFacts.filter(\.isMaskable).map(\.viewName)),
        ]
        return Profile.fieldFacts.filter(\.isMaskable).map(\.viewName)
            + nested.flatMap { table, names in names.map { "\(table.rawValue).\($0)" } }
    }()

    /// - Returns: `nil` for what is no field.
    private static func isMaskable(_ parts: [String]) -> Bool? {
        guard let facts = Profile.fieldFacts.first(where: { $0.viewName == parts[0] }) else { return nil }
        if parts.count == 1 { return facts.isMaskable }
        if case .rows(let table) = facts.filtering {
            guard parts.count == 2 else { return nil }
            switch FilterField.Table(rawValue: table) {
            case .experiences?: return Experience.fieldFacts.first { $0.viewName == parts[1] }?.isMaskable
            case .skills?: return Skill.fieldFacts.first { $0.viewName == parts[1] }?.isMaskable
            case .externalIDs?: return ExternalId.fieldFacts.first { $0.viewName == parts[1] }?.isMaskable
            case .profile?, nil: return nil
            }
        }
        guard facts.filter?.kind == .json, parts.count <= FilterField.attributeDepthMax + 1 else { return nil }
        return facts.isMaskable
    }

    /// Whether a field that a filter asks for is this one or within it. An index of a list within attributes may stand
    /// between their keys: every element of a list is meant.
    func contains(_ field: [String]) -> Bool {
        guard field.first == Self.attributes, self.parts.first == Self.attributes else {
            return field.starts(with: self.parts)
        }
        return Self.covers(self.parts[...], field[...])
    }

    private static func covers(_ hidden: ArraySlice<String>, _ field: ArraySlice<String>) -> Bool {
        guard let next = hidden.first else { return true }
        var rest = field
        while let key = rest.first {
            rest = rest.dropFirst()
            if key == next { return Self.covers(hidden.dropFirst(), rest) || Self.covers(hidden, rest) }
            guard Self.isIndex(key) else { return false }
        }
        return false
    }

    /// What PostgreSQL may take for the index of an element: it reads white space and a sign first.
    private static func isIndex(_ key: String) -> Bool {
        let digits = key.drop { $0.isWhitespace || $0 == "+" || $0 == "-" }
        return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    }
}

extension FieldFacts {
    /// What views and filters call the field.
    var viewName: String { self.filter?.name ?? self.name }
}
