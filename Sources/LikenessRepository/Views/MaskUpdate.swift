internal import LikenessMessages

/// The fields of a mask that an update writes.
struct MaskUpdate {
    private static let configurationPath = "configuration"

    private static let fields: [(path: String, copy: @Sendable (Mask, inout Mask) -> Void)] = [
        ("description", { $1.description = $0.description }),
        (configurationPath, { $1.configuration = $0.configuration }),
        part("include_tags") { $1.includeTags = $0.includeTags },
        part("exclude_tags") { $1.excludeTags = $0.excludeTags },
        part("filter") { $1.filter = $0.filter },
        part("hidden_fields") { $1.hiddenFields = $0.hiddenFields },
        part("experiences") { $1.experiences = $0.experiences },
        part("skills") { $1.skills = $0.skills },
        part("weights") { $1.weights = $0.weights },
        part("coarsening") { $1.coarsening = $0.coarsening },
    ]

    /// A field of the configuration.
    private static func part(
        _ name: String,
        _ copy: @escaping @Sendable (MaskConfiguration, inout MaskConfiguration) -> Void
    ) -> (path: String, copy: @Sendable (Mask, inout Mask) -> Void) {
        (
            "\(Self.configurationPath).\(name)",
            { source, target in
                var configuration = target.configuration ?? MaskConfiguration()
                copy(source.configuration ?? MaskConfiguration(), &configuration)
                target.configuration = configuration
            }
        )
    }

    private let copies: [@Sendable (Mask, inout Mask) -> Void]

    /// - Parameter paths: As in `UpdateMaskRequest.update_mask`.
    /// - Throws: `.violations` naming each path that no caller can write; `.invalidField` when there is none.
    init(_ paths: [String]) throws(RepositoryError) {
        let faults = FieldMaskPaths.faults(
            paths,
            in: "update_mask",
            known: ["*"] + Self.fields.map(\.path),
            what: "names no field of a mask that can be written"
        )
        guard faults.isEmpty else { throw .violations(faults) }
        guard !paths.isEmpty else { throw .invalidField(path: "update_mask", reason: "names no field") }
        let wanted = paths.contains("*") ? ["description", Self.configurationPath] : Set(paths)
        // The whole before its parts: a part that is named beside it changes nothing more.
        self.copies = Self.fields.filter { wanted.contains($0.path) }.map(\.copy)
    }

    func apply(from source: Mask, to target: inout Mask) { for copy in self.copies { copy(source, &target) } }
}
