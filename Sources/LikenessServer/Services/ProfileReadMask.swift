internal import LikenessMessages

/// Which fields of a profile a read returns.
///
/// - SeeAlso: AIP-157, partial responses.
struct ProfileReadMask {
    /// `nil` for all fields.
    private let fields: [FieldFacts<Profile>]?

    /// - Throws: When a path is not one of a profile.
    init(_ mask: ProtobufFieldMask?) throws(ServiceError) {
        guard let mask, !mask.paths.isEmpty, mask.paths != ["*"] else {
            self.fields = nil
            return
        }
        for (index, path) in mask.paths.enumerated() where !Profile.fieldFacts.contains(where: { $0.name == path }) {
            throw .invalid("read_mask.paths[\(index)]", "names no field of Profile: \"\(path.prefix(100))\"")
        }
        let paths = Set(mask.paths)
        self.fields = Profile.fieldFacts.filter { paths.contains($0.name) }
    }

    func apply(to profile: Profile) -> Profile {
        guard let fields = self.fields else { return profile }
        var masked = Profile()
        for field in fields { field.copy(from: profile, to: &masked) }
        return masked
    }
}
