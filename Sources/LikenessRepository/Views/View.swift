package import LikenessMessages
internal import LikenessPostgres

/// What a caller may see of profiles: one stored mask, or several that hold together.
///
/// A mask looks at what the one before shows, so that none can tell what another hides. Through a view soft-deleted
/// profiles are not there, and `revision` and `update_time` are not shown: both change with what is hidden.
///
/// Pure: ``shown(_:)-(Profile)`` and what a filter may ask are decided here, which profiles there are is a condition
/// (``condition(and:)``) that the store evaluates.
package struct View: Sendable {
    /// Of the masks, in order; what a page token belongs to.
    package let names: [String]
    /// The masks as they were read, in the same order: what is made from a view belongs to these.
    let versions: [MaskVersion]
    private let layers: [ViewLayer]

    /// Stands for the masks in their revisions.
    package var stamp: String { self.versions.map(\.stamp).joined(separator: ", ") }

    /// - Parameter masks: The one that binds most first; at least one.
    /// - Throws: `.invalidField(path: "mask", …)` when a mask chooses profiles by what one before it does not show whole;
    ///   `.invalidField` when it has rules that this version cannot follow.
    package init(_ masks: [Mask]) throws(RepositoryError) {
        precondition(!masks.isEmpty, "a view has a mask")
        var layers: [ViewLayer] = []
        for mask in masks {
            let layer = try ViewLayer(mask)
            if let scope = layer.scope {
                do throws(FilterError) {
                    try Self.require(layers, show: scope, row: .profile)
                } catch {
                    throw .invalidField(path: "mask", reason: "\"\(mask.name)\" \(error.reason)")
                }
            }
            layers.append(layer)
        }
        self.layers = layers
        self.names = masks.map(\.name)
        self.versions = masks.map { MaskVersion(id: $0.id, revision: $0.revision, updateTime: $0.updateTime) }
    }

    /// The profile as it is seen, if it is one of those that ``condition(and:)`` lets through.
    package func shown(_ profile: Profile) -> Profile {
        var shown = profile
        for layer in self.layers { layer.apply(to: &shown) }
        shown.revision = 0
        shown.updateTime = nil
        return shown
    }

    /// The same of the few fields that a list shows.
    package func shown(_ summary: ProfileSummary) -> ProfileSummary {
        let shown = self.shown(
            Profile(
                id: summary.id,
                slug: summary.slug,
                displayName: summary.displayName,
                headline: summary.headline,
                location: summary.location
            )
        )
        return ProfileSummary(
            id: shown.id,
            slug: shown.slug,
            displayName: shown.displayName,
            headline: shown.headline,
            location: shown.location
        )
    }

    /// Whether profiles can be named and ordered by their slugs.
    package var showsSlug: Bool { self.objection(to: ["slug"]) == nil }

    /// Whether every display name is shown as it is stored.
    var showsNames: Bool { self.objection(to: [ViewField.displayName]) == nil }

    /// How much the sections of each kind count in searches.
    var weights: KindWeights { KindWeights(self.layers.map(\.weights)) }

    /// Whether the rules about tags let a profile with some tags through; with none they are not looked at.
    func fits(_ tags: [String]) -> Bool { tags.isEmpty || self.layers.allSatisfy { $0.fits(tags) } }

    /// Whether of the profiles that are shown all experiences are.
    var showsAllExperiences: Bool { self.layers.allSatisfy { $0.experiences == nil } }

    /// The kinds of sections whose embedded text may be another one than that of the stored profile. Told by the rules alone: that a
    /// certain text is not altered would tell what is hidden of it.
    var alteredKinds: [SectionKind] {
        SectionText.kinds.filter { kind in self.layers.contains { $0.alters(kind) } }
    }

    /// - Throws: `.invalidField` when it names the profile by what is hidden: whether there is one is not looked up.
    func require(_ key: ProfileKey, path: String) throws(RepositoryError) {
        switch key.key {
        case .slug?:
            guard let objection = self.objection(to: ["slug"]) else { return }
            throw .invalidField(path: path + ".slug", reason: "names a profile by its slug, which \(objection)")
        case .externalId?:
            for field in ["system", "id"] {
                guard let objection = self.objection(to: [FilterField.Table.externalIDs.rawValue, field]) else {
                    continue
                }
                throw .invalidField(
                    path: path + ".external_id",
                    reason: "names a profile by an external id, which \(objection)"
                )
            }
        case .id?, nil: return
        }
    }

    /// Which profiles there are.
    ///
    /// - Parameter filter: Of the request.
    /// - Throws: `.invalidField(path: "filter", …)` when it asks for what is not shown whole; it names the field.
    func condition(and filter: Filter?) throws(RepositoryError) -> Filter? {
        var parts = self.layers.compactMap(\.scope)
        if let filter {
            do throws(FilterError) {
                try Self.require(self.layers, show: filter.expression, row: .profile)
            } catch {
                throw .invalidField(path: "filter", reason: "\(error.reason) (at character \(error.position))")
            }
            parts.append(filter.expression)
        }
        return parts.isEmpty ? nil : Filter(parts.count == 1 ? parts[0] : .all(parts))
    }

    /// The same as SQL: live profiles only, of which there are those.
    func sql(and filter: Filter?, _ parameters: inout Parameters) throws(RepositoryError) -> SQL {
        guard let condition = try self.condition(and: filter) else { return "p.is_active" }
        return "(p.is_active AND \(try condition.sql(&parameters)))"
    }

    /// The columns that the rules ask about which choose profiles.
    func askedColumns() throws(RepositoryError) -> [FilterField.Table: Set<String>] {
        try self.condition(and: nil)?.columns(path: "mask") ?? [:]
    }

    /// Fields of a profile whose changes this view hides: they are hidden whole, and no rule that chooses profiles asks
    /// about them.
    func unseenFields() throws(RepositoryError) -> [String] {
        let asked = try self.askedColumns()
        let ofProfile = asked[.profile] ?? []
        // They change with every write.
        guard ofProfile.isDisjoint(with: ["revision", "updated_at"]) else { return [] }
        return Profile.fieldFacts.filter { field in
            // One mask can show the slug as the name, and another one hide it.
            guard field.name != "slug", self.hides([field.viewName]) != nil else { return false }
            if case .rows(let table) = field.filtering { return !asked.keys.contains { $0.rawValue == table } }
            return field.column.map { !ofProfile.contains($0.text) } ?? true
        }.map(\.name)
    }

    /// Why no value of a field is shown, or `nil`: "the mask … hides".
    func hides(_ field: [String]) -> String? {
        for layer in self.layers {
            if let objection = layer.hides(field) { return objection }
        }
        return nil
    }

    /// What is coarsened or shown in part is counted as it is shown.
    ///
    /// - Throws: `.invalidField` for a facet of what is hidden.
    package func require(_ facets: FacetRequest) throws(RepositoryError) {
        for (place, field) in facets.fields.enumerated() {
            for source in field.sources {
                guard let objection = self.hides(source) else { continue }
                throw .invalidField(
                    path: FacetRequest.path(place),
                    reason: "counts \(source.joined(separator: ".")), which \(objection)"
                )
            }
        }
    }

    /// Why a filter may not ask for a field, or `nil`.
    func objection(to field: [String]) -> String? { Self.objection(of: self.layers, to: field) }

    private static func objection(of layers: [ViewLayer], to field: [String]) -> String? {
        for layer in layers {
            if let objection = layer.objection(to: field) { return objection }
        }
        return nil
    }

    /// Every field of an expression is shown as it is stored.
    private static func require(
        _ layers: [ViewLayer],
        show expression: FilterExpression,
        row: FilterField.Table
    ) throws(FilterError) {
        guard !layers.isEmpty else { return }
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { try Self.require(layers, show: part, row: row) }
        case .not(let part): try Self.require(layers, show: part, row: row)
        case .row(let name, let inside):
            try Self.require(layers, show: inside, row: FilterField.Table(rawValue: name.text) ?? row)
        case .condition(let condition):
            let field = (row == .profile ? [] : [row.rawValue]) + condition.field.parts
            guard let objection = Self.objection(of: layers, to: field) else { return }
            throw FilterError(
                reason: "asks for \(field.joined(separator: ".")), which \(objection)",
                position: condition.field.position
            )
        }
    }
}

/// One revision of a mask. A database that was set back gives a number of one again, at another time.
struct MaskVersion: Hashable, Sendable {
    let id: String
    let revision: Int64
    let updateTime: ProtobufTimestamp?

    var stamp: String { "\(self.id) \(self.revision)" }
}

/// One mask of a view.
private struct ViewLayer: Sendable {
    private let name: String
    /// Which profiles there are; `nil` for all.
    let scope: FilterExpression?
    private let hidden: HiddenFields
    let experiences: ExperienceRows?
    private let skills: SkillRows?
    private let coarsening: ViewCoarsening
    let weights: [SectionWeight]
    private let includeTags: [String]
    private let excludeTags: [String]

    init(_ mask: Mask) throws(RepositoryError) {
        let configuration = mask.configuration ?? MaskConfiguration()
        // What was stored was checked then, by this version or by another one.
        if let fault = configuration.faults().first {
            throw .invalidField(
                path: "mask",
                reason: "\"\(mask.name)\" cannot be followed: \(fault.field) \(fault.message)"
            )
        }
        var fields: [ViewField] = []
        for path in configuration.hiddenFields {
            guard let field = try? ViewField(path) else { continue }
            fields.append(field)
        }
        self.name = mask.name
        self.hidden = HiddenFields(fields)
        self.experiences = configuration.experiences.flatMap { $0 == ExperienceScope() ? nil : ExperienceRows($0) }
        self.skills = configuration.skills.flatMap { $0 == SkillScope() ? nil : SkillRows(scope: $0) }
        self.coarsening = ViewCoarsening(configuration.coarsening ?? Coarsening())
        self.weights = configuration.weights
        (self.includeTags, self.excludeTags) = (configuration.includeTags, configuration.excludeTags)
        self.scope = try Self.scope(of: configuration)
    }

    private static func scope(of configuration: MaskConfiguration) throws(RepositoryError) -> FilterExpression? {
        var parts: [FilterExpression] = []
        if !configuration.includeTags.isEmpty { parts.append(.any(configuration.includeTags.map(Self.hasTag))) }
        parts += configuration.excludeTags.map { .not(Self.hasTag($0)) }
        if let filter = try Filter(configuration.filter) { parts.append(filter.expression) }
        return parts.isEmpty ? nil : parts.count == 1 ? parts[0] : .all(parts)
    }

    private static func hasTag(_ tag: String) -> FilterExpression {
        .condition(
            FilterCondition(
                field: FilterName(parts: ["tags"], position: 1),
                comparison: .has,
                // A star in a tag is a star.
                value: FilterValue(content: FilterText(tag.map { ($0, false) }), isQuoted: true, position: 1)
            )
        )
    }

    func fits(_ tags: [String]) -> Bool {
        (self.includeTags.isEmpty || self.includeTags.contains(where: tags.contains))
            && !self.excludeTags.contains(where: tags.contains)
    }

    /// Rows first: their rules look at what is stored.
    func apply(to profile: inout Profile) {
        if let rows = self.experiences { profile.experiences = rows.shown(profile.experiences) }
        if let rows = self.skills { profile.skills = rows.shown(profile.skills) }
        self.coarsening.apply(to: &profile)
        self.hidden.remove(from: &profile)
    }

    /// Whether a section's embedded text can be another one than the stored profile's.
    func alters(_ kind: SectionKind) -> Bool {
        if kind == .skills, self.skills != nil { return true }
        return SectionText.fields(of: kind).contains { self.hidden.contains($0) || self.coarsening.fields.contains($0) }
    }

    /// Why no value of a field is shown, or `nil`.
    func hides(_ field: [String]) -> String? {
        self.hidden.contains(field) ? "the mask \"\(self.name)\" hides" : nil
    }

    /// Why a filter may not ask for a field, or `nil`.
    func objection(to field: [String]) -> String? {
        if let objection = self.hides(field) { return objection }
        if self.coarsening.fields.contains(field) { return "the mask \"\(self.name)\" coarsens" }
        if self.experiences != nil, field.first == FilterField.Table.experiences.rawValue {
            return "the mask \"\(self.name)\" shows in part"
        }
        if self.skills != nil, field.first == FilterField.Table.skills.rawValue {
            return "the mask \"\(self.name)\" shows in part"
        }
        return field == ["revision"] || field == ["update_time"] ? "no mask shows" : nil
    }
}
