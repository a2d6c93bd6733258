internal import LikenessMessages
internal import LikenessReflection

/// What a JSON document describes, as far as its members tell, where a command wants another kind.
package enum DocumentKind: Hashable, Sendable {
    case mask, query, person

    /// What it is, and which command takes it.
    var advice: String {
        switch self {
        case .mask: "this is a mask: likeness mask import"
        case .query: "this is a query: likeness search, or likeness call SearchService/Query"
        case .person: "this is a person: likeness profile import"
        }
    }

    /// - Returns: `nil` for what may be a person, or anything.
    static func ofOther(_ members: [JSONNode.Member]) -> DocumentKind? {
        if let kind = self.wrapped(members) { return kind }
        if Self.isAll(members, of: Mask.fullName),
            members.contains(where: { if case ("configuration", .object) = ($0.name, $0.value) { true } else { false } }
            )
        {
            return .mask
        }
        let isQuery = Self.isAll(members, of: Query.fullName)
        if isQuery || Self.isAll(members, of: QueryRequest.fullName) && members.contains(where: { $0.name == "query" })
        {
            return .query
        }
        return nil
    }

    /// - Returns: What it is when it is no mask, and not something that is none for a slip.
    static func ofOtherThanMask(_ node: JSONNode) -> DocumentKind? {
        guard case .object(let members) = node else { return nil }
        if let kind = self.ofOther(members), kind != .mask { return kind }
        guard !Self.isAll(members, of: Mask.fullName), let person = try? ResumeReader.read(node) else { return nil }
        // A mask has a name too, and a slip beside it makes no person of it.
        let bare = Profile(displayName: person.profile.displayName, attributesJson: person.profile.attributesJson)
        let isBare = person.identity == nil && person.profile == bare
        return isBare && members.contains { $0.name == "name" } ? nil : .person
    }

    /// `{"mask": {…}}`, as a command prints it, and `{"masks": […]}`.
    private static func wrapped(_ members: [JSONNode.Member]) -> DocumentKind? {
        guard let first = members.first else { return nil }
        return switch (first.name, first.value) {
        case ("mask", .object): members.count == 1 ? .mask : nil
        case ("masks", .array): .mask
        default: nil
        }
    }

    /// Whether all members are fields of a message, and there are any.
    private static func isAll(_ members: [JSONNode.Member], of message: String) -> Bool {
        guard !members.isEmpty, let type = Self.pool?.message(message) else { return false }
        return members.allSatisfy { type.field(named: $0.name) != nil }
    }

    private static let pool = try? DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
}
