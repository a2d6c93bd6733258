internal import LikenessMessages

/// The fields that an update writes.
struct UpdateMask {
    private let fields: [FieldFacts<Profile>]

    /// - Parameter paths: As in `UpdateProfileRequest.update_mask`; "*" names all that can be written.
    /// - Throws: `.violations` naming each path that is no field a caller can write; `.invalidField` when there is none.
    init(_ paths: [String]) throws(RepositoryError) {
        let writable = Profile.fieldFacts.filter(\.isWritable)
        let faults = FieldMaskPaths.faults(
            paths,
            in: "update_mask",
            known: ["*"] + writable.map(\.name),
            what: "names no field that can be written"
        )
        guard faults.isEmpty else { throw .violations(faults) }
        guard !paths.isEmpty else { throw .invalidField(path: "update_mask", reason: "names no field") }
        self.fields = paths.contains("*") ? writable : writable.filter { paths.contains($0.name) }
    }

    /// Whether it names the attributes, which PostgreSQL rewrites before they can be compared.
    var writesAttributes: Bool { self.fields.contains { $0.filter?.kind == .json } }

    func writes(_ field: String) -> Bool { self.fields.contains { $0.name == field } }

    /// Copies the fields from one profile to another.
    func apply(from source: Profile, to target: inout Profile) {
        for field in self.fields { field.copy(from: source, to: &target) }
    }
}
