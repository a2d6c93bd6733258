internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What one write of a profile sends: rows, sections to embed again and sections to forget, in one transaction.
struct ProfileWrite {
    /// The profile as it will be, with all ids. Output-only fields are as they were.
    let profile: Profile
    /// False: the stored profile is equal already, and `batch` holds nothing.
    let changesAnything: Bool
    private(set) var batch = Batch()

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
        self.profile = profile
        self.changesAnything = stored != profile
        guard self.changesAnything else { return }
        try profile.requireStorable()

        try self.addProfile(id: id, isNew: stored == nil)
        try self.addExperiences(experiences, of: id)
        self.addSkills(skills, of: id)
        try self.addSections(before: stored.map { SectionText.sections(of: $0) } ?? [], of: id)
        // Last: whoever adds the same text for the first time waits until this transaction ends.
        self.batch.add(CompletionStatements.addTerms, Parameters([id]))
    }

    private mutating func addProfile(id: UUID, isNew: Bool) throws(RepositoryError) {
        let profile = self.profile
        self.batch.add(
            isNew ? ProfileStatements.insert : ProfileStatements.update,
            Parameters(
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
        )
    }

    private mutating func addExperiences(_ diff: ListDiff<Experience>, of id: UUID) throws(RepositoryError) {
        if !diff.deleted.isEmpty {
            self.batch.add(ProfileStatements.deleteExperiences, Parameters(id, diff.deleted))
        }
        for change in diff.updated {
            self.batch.add(ProfileStatements.updateExperience, try Self.parameters(change, of: id))
        }
        for change in diff.inserted {
            self.batch.add(ProfileStatements.insertExperience, try Self.parameters(change, of: id))
        }
    }

    private static func parameters(
        _ change: ListDiff<Experience>.Change,
        of id: UUID
    ) throws(RepositoryError) -> Parameters {
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

    private mutating func addSkills(_ diff: ListDiff<Skill>, of id: UUID) {
        func parameters(_ change: ListDiff<Skill>.Change) -> Parameters {
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
        if !diff.deleted.isEmpty { self.batch.add(ProfileStatements.deleteSkills, Parameters(id, diff.deleted)) }
        for change in diff.updated { self.batch.add(ProfileStatements.updateSkill, parameters(change)) }
        for change in diff.inserted { self.batch.add(ProfileStatements.insertSkill, parameters(change)) }
    }

    /// Sections whose text differs go to the outbox; those that are gone lose their embeddings.
    private mutating func addSections(before: [Section], of id: UUID) throws(RepositoryError) {
        func key(_ section: Section) -> String { "\(section.kind.rawValue)/\(section.id)" }
        let now = SectionText.sections(of: self.profile)
        let old = Dictionary(before.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let new = Set(now.map { key($0) })
        let stale = now.filter { old[key($0)]?.text != $0.text }
        let gone = before.filter { !new.contains(key($0)) }
        func ids(_ sections: [Section]) -> [UUID] { sections.compactMap { UUID(uuidString: $0.id) } }
        func kinds(_ sections: [Section]) -> [Int16] { sections.map { Int16(truncatingIfNeeded: $0.kind.rawValue) } }
        if !gone.isEmpty { self.batch.add(ProfileStatements.forget, Parameters(ids(gone), kinds(gone))) }
        if !stale.isEmpty { self.batch.add(ProfileStatements.enqueue, Parameters(id, ids(stale), kinds(stale))) }
    }
}
