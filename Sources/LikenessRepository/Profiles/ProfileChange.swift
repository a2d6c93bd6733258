internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// A section of a profile, as tables name it.
struct SectionKey: Sendable, Hashable {
    let profile: UUID
    /// Of the experience for EXPERIENCE, of the profile otherwise.
    let section: UUID
    /// likeness.v1.SectionKind.
    let kind: Int16

    init(profile: UUID, section: UUID, kind: Int16) {
        (self.profile, self.section, self.kind) = (profile, section, kind)
    }

    init(_ section: Section, of profile: UUID) throws(RepositoryError) {
        self.init(
            profile: profile,
            section: try UUID(text: section.id, path: "id"),
            kind: Int16(truncatingIfNeeded: section.kind.rawValue)
        )
    }
}

/// What becomes other about one profile: its rows, the sections to embed again and those that are gone. `ProfileWrites` writes it.
struct ProfileChange: Sendable {
    /// Rows of a table that belong to the profile, in the order of its columns.
    struct Rows: Sendable {
        fileprivate(set) var inserted: [Parameters] = []
        fileprivate(set) var updated: [Parameters] = []
        fileprivate(set) var deleted: [UUID] = []
    }

    let id: UUID
    /// The profile as it will be, with all ids. Output-only fields are as they were.
    let profile: Profile
    let isNew: Bool
    /// As it is stored; `nil` for a new one.
    let previous: Profile?
    /// False: the stored profile is equal already, and there is nothing to write.
    let changesAnything: Bool
    /// Fields that differ from what is stored; none of a new profile.
    private(set) var changedPaths: [String] = []
    private(set) var row = Parameters()
    private(set) var experiences = Rows()
    private(set) var skills = Rows()
    /// All of them, where they differ from those that are stored; `nil` where they do not.
    private(set) var externalIDs: [ExternalId]?
    /// Sections with another text than before.
    private(set) var stale: [SectionKey] = []
    private(set) var gone: [SectionKey] = []

    /// A new profile.
    ///
    /// - Parameter wanted: With a slug; ids are made where they are missing.
    init(creating wanted: Profile) throws(RepositoryError) {
        var profile = wanted
        profile.id = try wanted.id.isEmpty ? UUID().text : UUID(text: wanted.id, path: "id").text
        try self.init(stored: nil, wanted: profile)
    }

    /// The next revision of a stored profile.
    ///
    /// - Parameter wanted: All fields as they shall be; `attributesJson` as PostgreSQL writes it, so that it compares.
    init(updating stored: Profile, to wanted: Profile) throws(RepositoryError) {
        var wanted = wanted
        wanted.id = stored.id
        wanted.revision = stored.revision
        wanted.createTime = stored.createTime
        wanted.updateTime = stored.updateTime
        wanted.deleteTime = stored.deleteTime
        try self.init(stored: stored, wanted: wanted)
    }

    private init(stored: Profile?, wanted: Profile) throws(RepositoryError) {
        let id = try UUID(text: wanted.id, path: "id")
        var profile = wanted
        if !wanted.identityId.isEmpty {
            profile.identityId = try UUID(text: wanted.identityId, path: "identity_id").text
        }
        let experiences = try ListDiff(
            stored: stored?.experiences ?? [],
            wanted: wanted.experiences,
            path: "experiences",
            id: \.id,
            isLike: { $0.category == $1.category && $0.title == $1.title && $0.organization == $1.organization }
        )
        let skills = try ListDiff(
            stored: stored?.skills ?? [],
            wanted: wanted.skills,
            path: "skills",
            id: \.id,
            isLike: { $0.name == $1.name && $0.category == $1.category }
        )
        profile.experiences = experiences.items
        profile.skills = skills.items
        self.id = id
        self.profile = profile
        self.isNew = stored == nil
        self.previous = stored
        self.changesAnything = stored != profile
        guard self.changesAnything else { return }
        self.changedPaths = stored.map { profile.changedPaths(since: $0) } ?? []
        try profile.requireStorable()
        if profile.externalIds != stored?.externalIds ?? [] {
            var seen: Set<ExternalId> = []
            for (index, externalID) in profile.externalIds.enumerated() {
                guard seen.insert(externalID).inserted else {
                    throw .invalidField(path: "external_ids[\(index)]", reason: "occurs twice")
                }
            }
            self.externalIDs = profile.externalIds
        }

        self.row = Parameters(
            id,
            profile.identityId.isEmpty ? nil : try UUID(text: profile.identityId, path: "identity_id"),
            profile.slug,
            profile.displayName,
            profile.headline,
            profile.summary,
            profile.location,
            profile.tags,
            profile.keywords,
            try JSONB(attributes: profile.attributesJson)
        )
        self.experiences.deleted = experiences.deleted
        for change in experiences.updated { self.experiences.updated.append(try Self.row(change, of: id)) }
        for change in experiences.inserted { self.experiences.inserted.append(try Self.row(change, of: id)) }
        self.skills.deleted = skills.deleted
        self.skills.updated = skills.updated.map { Self.row($0, of: id) }
        self.skills.inserted = skills.inserted.map { Self.row($0, of: id) }

        func key(_ section: Section) -> String { "\(section.kind.rawValue)/\(section.id)" }
        let now = SectionText.sections(of: profile)
        let before = stored.map { SectionText.sections(of: $0) } ?? []
        let old = Dictionary(before.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let new = Set(now.map { key($0) })
        for section in now where old[key(section)]?.text != section.text {
            self.stale.append(try SectionKey(section, of: id))
        }
        for section in before where !new.contains(key(section)) { self.gone.append(try SectionKey(section, of: id)) }
    }

    private static func row(_ change: ListDiff<Experience>.Change, of id: UUID) throws(RepositoryError) -> Parameters {
        let item = change.item
        let path = "experiences[\(change.position)]"
        guard item.category.isDefined, let category = Int16(exactly: item.category.rawValue) else {
            throw .invalidField(path: path + ".category", reason: "is not a category")
        }
        let start = try item.startDate?.stored(path: path + ".start_date")
        let end = try item.endDate?.stored(path: path + ".end_date")
        return Parameters(
            change.id,
            id,
            Int32(change.position),
            category,
            item.title,
            item.organization,
            item.location,
            start?.first,
            start?.precision,
            end?.first,
            end?.precision,
            item.description,
            item.highlights,
            item.tags
        )
    }

    private static func row(_ change: ListDiff<Skill>.Change, of id: UUID) -> Parameters {
        let item = change.item
        return Parameters(
            change.id,
            id,
            Int32(change.position),
            item.name,
            item.category,
            item.level,
            item.keywords
        )
    }
}
