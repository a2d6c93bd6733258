internal import LikenessMessages

/// A field of `Profile` that a mask can name.
package enum ProfileField: String, CaseIterable, Sendable {
    case slug
    case identityID = "identity_id"
    case displayName = "display_name"
    case headline
    case summary
    case location
    case tags
    case keywords
    case attributesJSON = "attributes_json"
    case experiences
    case skills

    /// Copies this field from one profile to another.
    func copy(from source: Profile, to target: inout Profile) {
        switch self {
        case .slug: target.slug = source.slug
        case .identityID: target.identityId = source.identityId
        case .displayName: target.displayName = source.displayName
        case .headline: target.headline = source.headline
        case .summary: target.summary = source.summary
        case .location: target.location = source.location
        case .tags: target.tags = source.tags
        case .keywords: target.keywords = source.keywords
        case .attributesJSON: target.attributesJson = source.attributesJson
        case .experiences: target.experiences = source.experiences
        case .skills: target.skills = source.skills
        }
    }

    /// The fields that an update mask names.
    ///
    /// - Parameter paths: As in `UpdateProfileRequest.update_mask`; "*" names all.
    /// - Throws: `.invalidField` naming the first path that is no field a caller can write, or when there is none.
    package static func fields(updateMask paths: [String]) throws(RepositoryError) -> Set<ProfileField> {
        var fields: Set<ProfileField> = []
        for path in paths {
            if path == "*" {
                fields.formUnion(self.allCases)
            } else if let field = ProfileField(rawValue: path) {
                fields.insert(field)
            } else {
                throw .invalidField(path: "update_mask", reason: "\"\(path)\" is not a field that can be written")
            }
        }
        guard !fields.isEmpty else {
            throw .invalidField(path: "update_mask", reason: "names no field")
        }
        return fields
    }
}
