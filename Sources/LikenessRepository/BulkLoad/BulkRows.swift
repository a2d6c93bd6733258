internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// The rows of one profile, checked before anything is sent.
struct BulkRows: Sendable {
    struct ExperienceRow: Sendable {
        let id: UUID
        let position: Int32
        let category: Int16
        let start: (first: PostgresDate, precision: Int16)?
        let end: (first: PostgresDate, precision: Int16)?
        let item: Experience
    }

    struct SkillRow: Sendable {
        let id: UUID
        let position: Int32
        let item: Skill
    }

    struct SectionKey: Sendable {
        let profile: UUID
        let section: UUID
        let kind: Int16
    }

    let id: UUID
    let profile: Profile
    let attributes: JSONB
    private(set) var experiences: [ExperienceRow] = []
    private(set) var skills: [SkillRow] = []
    /// Sections without a vector.
    private(set) var waiting: [SectionKey] = []
    /// Of the other sections; `kind` as `SectionWindow` writes it.
    private(set) var embeddings: [(section: SectionKey, vector: Vector)] = []
    let sectionCount: Int

    init(_ bulk: BulkProfile, space: EmbeddingSpaceInfo) throws(RepositoryError) {
        let profile = bulk.profile
        if let violation = profile.violations().first {
            throw .invalidField(path: violation.field, reason: violation.message)
        }
        try profile.requireStorable()
        self.profile = profile
        self.attributes = try JSONB(attributes: profile.attributesJson)
        self.id = try UUID(text: profile.id, path: "id")
        for (index, item) in profile.experiences.enumerated() {
            let path = "experiences[\(index)]"
            self.experiences.append(
                ExperienceRow(
                    id: try UUID(text: item.id, path: path + ".id"),
                    position: Int32(index),
                    category: Int16(truncatingIfNeeded: item.category.rawValue),
                    start: try item.startDate?.stored(path: path + ".start_date"),
                    end: try item.endDate?.stored(path: path + ".end_date"),
                    item: item
                )
            )
        }
        for (index, item) in profile.skills.enumerated() {
            let id = try UUID(text: item.id, path: "skills[\(index)].id")
            self.skills.append(SkillRow(id: id, position: Int32(index), item: item))
        }
        let sections = SectionText.sections(of: profile)
        guard bulk.vectors.isEmpty || bulk.vectors.count == sections.count else {
            throw .invalidField(path: "vectors", reason: "are not as many as the profile has sections")
        }
        self.sectionCount = sections.count
        for (index, section) in sections.enumerated() {
            let key = SectionKey(
                profile: self.id,
                section: try UUID(text: section.id, path: "id"),
                kind: Int16(truncatingIfNeeded: section.kind.rawValue)
            )
            if bulk.vectors.isEmpty {
                self.waiting.append(key)
            } else {
                let vectors = bulk.vectors[index]
                let kinds = SectionWindow.kinds(of: key.kind, count: vectors.parts.count, isCut: vectors.isCut)
                for (kind, part) in zip(kinds, vectors.parts) {
                    let path = "vectors[\(index)]"
                    let values = try UnitVector.values(part, dimension: space.dimension, path: path)
                    let window = SectionKey(profile: key.profile, section: key.section, kind: kind)
                    self.embeddings.append((window, Vector(values)))
                }
            }
        }
    }
}
