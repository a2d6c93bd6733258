internal import LikenessMessages
internal import LikenessReflection

/// What a résumé has no place for and a stored profile may have all the same, set by another writer. An import replaces a profile, and
/// leaves that as it is: who is tagged "no-recruiters" does not lose it to a newer résumé.
extension Profile {
    /// The profile of a document with the stored tags, keywords, attributes that are not the file's, tags of experiences (of those with
    /// equal title, organization and start) and categories of skills (of those with an equal name).
    func keeping(_ stored: Profile) -> Profile {
        var profile = self
        if profile.tags.isEmpty { profile.tags = stored.tags }
        if profile.keywords.isEmpty { profile.keywords = stored.keywords }
        let others = Self.members(stored.attributesJson).filter { $0.name != ResumeReader.attributesMember }
        if !others.isEmpty {
            profile.attributesJson = JSONNode.object(others + Self.members(self.attributesJson)).text()
        }
        let experiences = Dictionary(
            stored.experiences.compactMap { experience in experience.fact.map { ($0, experience.tags) } },
            uniquingKeysWith: { first, _ in first }
        )
        for index in profile.experiences.indices where profile.experiences[index].tags.isEmpty {
            guard let fact = profile.experiences[index].fact, let tags = experiences[fact] else { continue }
            profile.experiences[index].tags = tags
        }
        let categories = Dictionary(
            stored.skills.map { ($0.name.lettersAndDigits, $0.category) },
            uniquingKeysWith: { first, _ in first }
        )
        for index in profile.skills.indices where profile.skills[index].category.isEmpty {
            profile.skills[index].category = categories[profile.skills[index].name.lettersAndDigits] ?? ""
        }
        return profile
    }

    private static func members(_ json: String) -> [JSONNode.Member] {
        guard case .object(let members)? = try? JSONParser.parse(Array(json.utf8)) else { return [] }
        return members
    }
}
