internal import LikenessMessages

/// Which fields of a profile a read returns.
///
/// - SeeAlso: AIP-157, partial responses.
struct ProfileReadMask {
    /// Every path that can be asked for, and how the field is copied.
    private static let fields: [(path: String, copy: @Sendable (Profile, inout Profile) -> Void)] = [
        ("id", { $1.id = $0.id }), ("identity_id", { $1.identityId = $0.identityId }), ("slug", { $1.slug = $0.slug }),
        ("display_name", { $1.displayName = $0.displayName }), ("headline", { $1.headline = $0.headline }),
        ("summary", { $1.summary = $0.summary }), ("location", { $1.location = $0.location }),
        ("tags", { $1.tags = $0.tags }), ("keywords", { $1.keywords = $0.keywords }),
        ("attributes_json", { $1.attributesJson = $0.attributesJson }),
        ("experiences", { $1.experiences = $0.experiences }), ("skills", { $1.skills = $0.skills }),
        ("revision", { $1.revision = $0.revision }), ("create_time", { $1.createTime = $0.createTime }),
        ("update_time", { $1.updateTime = $0.updateTime }), ("delete_time", { $1.deleteTime = $0.deleteTime }),
    ]

    /// `nil` for all fields.
    private let paths: Set<String>?

    /// - Throws: When a path is not one of a profile.
    init(_ mask: ProtobufFieldMask?) throws(ServiceError) {
        guard let mask, !mask.paths.isEmpty, mask.paths != ["*"] else {
            self.paths = nil
            return
        }
        for (index, path) in mask.paths.enumerated() where !Self.fields.contains(where: { $0.path == path }) {
            throw .invalid("read_mask.paths[\(index)]", "names no field of Profile: \"\(path.prefix(100))\"")
        }
        self.paths = Set(mask.paths)
    }

    func apply(to profile: Profile) -> Profile {
        guard let paths = self.paths else { return profile }
        var masked = Profile()
        for field in Self.fields where paths.contains(field.path) { field.copy(profile, &masked) }
        return masked
    }
}
