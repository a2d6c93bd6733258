internal import LikenessMessages
internal import LikenessReflection

/// What other systems call a person, as a document lists it.
///
///     {"crm": "42", "hr": ["7", "8"]}
///     [{"system": "crm", "id": "42"}]
enum ExternalIDList {
    /// - Returns: Each pair once, in the document's order; `nil` when any part is no pair that the contract takes.
    static func read(_ node: JSONNode) -> [ExternalId]? {
        var list: [ExternalId] = []
        func add(_ system: String, _ node: JSONNode) -> Bool {
            guard let id = Self.text(node) else { return false }
            let pair = ExternalId(system: system, id: id)
            guard pair.violations().isEmpty else { return false }
            if !list.contains(pair) { list.append(pair) }
            return true
        }
        switch node {
        case .object(let members):
            for member in members {
                let ids = if case .array(let items) = member.value { items } else { [member.value] }
                for id in ids { guard add(member.name, id) else { return nil } }
            }
        case .array(let items):
            for item in items {
                guard case .object(let members) = item, members.count == 2,
                    case .string(let system)? = members.first(where: { $0.name == "system" })?.value,
                    let id = members.first(where: { $0.name == "id" })?.value, add(system, id)
                else { return nil }
            }
        case .null, .bool, .number, .string: return nil
        }
        return list
    }

    /// Other programs have numbers for ids.
    private static func text(_ node: JSONNode) -> String? {
        switch node {
        case .string(let text), .number(let text): text
        case .null, .bool, .array, .object: nil
        }
    }
}
