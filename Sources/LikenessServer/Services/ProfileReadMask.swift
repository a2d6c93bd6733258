internal import LikenessMessages
internal import LikenessRepository

/// Which fields of a profile a read returns.
///
/// - SeeAlso: AIP-157, partial responses.
struct ProfileReadMask {
    /// `nil` for all fields.
    private let fields: [FieldFacts<Profile>]?

    /// - Throws: When paths are not those of a profile, naming each.
    init(_ mask: ProtobufFieldMask?) throws(ServiceError) {
        guard let mask, !mask.paths.isEmpty, mask.paths != ["*"] else {
            self.fields = nil
            return
        }
        let faults = FieldMaskPaths.faults(
            mask.paths,
            in: "read_mask",
            known: Profile.fieldFacts.map(\.name),
            what: "names no field of Profile"
        )
        if let error = ServiceError.violating(faults) { throw error }
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
