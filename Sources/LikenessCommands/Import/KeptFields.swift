internal import LikenessMessages
internal import LikenessReflection

/// What a résumé has no place for and a stored profile may have all the same, set by another writer. An import replaces a profile, and
/// leaves that as it is: who is tagged "no-recruiters" does not lose it to a newer résumé.
extension Profile {
    /// The profile of a document with the stored tags, keywords, attributes that are not the file's, tags of experiences (of those with
    /// equal content, or else an equal title, organization and start) and categories of skills (of equal content, or else name).
    func keeping(_ stored: Profile) -> Profile {
        var profile = self
        if profile.tags.isEmpty { profile.tags = stored.tags }
        if profile.keywords.isEmpty { profile.keywords = stored.keywords }
        let others = Self.members(stored.attributesJson).filter { $0.name != ResumeReader.attributesMember }
        if !others.isEmpty {
            profile.attributesJson = JSONNode.object(others + Self.members(self.attributesJson)).text()
        }
        let experiences = Self.pairs(profile.experiences, stored.experiences, by: \.fact, as: \.withoutMarks)
        for (index, others) in experiences.enumerated() where profile.experiences[index].tags.isEmpty {
            // Those that cannot be told apart have the tags of all: what is hidden of one is not shown of another.
            for tag in others.flatMap(\.tags) where !profile.experiences[index].tags.contains(tag) {
                profile.experiences[index].tags.append(tag)
            }
        }
        let skills = Self.pairs(profile.skills, stored.skills, by: \.name.lettersAndDigits, as: \.withoutMarks)
        for (index, others) in skills.enumerated() where profile.skills[index].category.isEmpty {
            profile.skills[index].category = others.first { !$0.category.isEmpty }?.category ?? ""
        }
        return profile
    }

    /// Which stored items each item of a document is: the one of equal content; of the others those with an equal key, all of them
    /// where there are several.
    private static func pairs<Item, Key: Hashable, Content: Equatable>(
        _ items: [Item],
        _ stored: [Item],
        by itemKey: (Item) -> Key?,
        as content: (Item) -> Content
    ) -> [[Item]] {
        var rest = Array(stored)
        var pairs: [[Item]?] = items.map { item in
            guard let place = rest.firstIndex(where: { content($0) == content(item) }) else { return nil }
            return [rest.remove(at: place)]
        }
        for (index, item) in items.enumerated() where pairs[index] == nil {
            guard let key = itemKey(item) else { continue }
            pairs[index] = rest.filter { itemKey($0) == key }
        }
        return pairs.map { $0 ?? [] }
    }

    private static func members(_ json: String) -> [JSONNode.Member] {
        guard case .object(let members)? = try? JSONParser.parse(Array(json.utf8)) else { return [] }
        return members
    }
}

extension Experience {
    /// What a document can say of it.
    fileprivate var withoutMarks: Experience {
        var experience = self
        (experience.id, experience.tags) = ("", [])
        return experience
    }
}

extension Skill {
    fileprivate var withoutMarks: Skill {
        var skill = self
        (skill.id, skill.category) = ("", "")
        return skill
    }
}
