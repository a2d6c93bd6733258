internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessReflection

/// The sections of profiles as a view shows them, as rows of `profiles`, `experiences` and `skills`: the database reads their
/// words as it reads those of stored rows.
struct ShownRows: Sendable {
    private(set) var owners: [UUID] = []
    private(set) var kinds: [Int16] = []
    private(set) var ids: [UUID] = []
    /// JSON objects whose members are the columns that words are read from.
    private(set) var contents: [String] = []

    /// - Parameter profile: As the view shows it.
    mutating func add(_ profile: Profile) throws(RepositoryError) {
        let id = try UUID(text: profile.id, path: "id")
        var summary: [JSONNode.Member] = [
            Self.text("display_name", profile.displayName), Self.text("headline", profile.headline),
            Self.text("summary", profile.summary), Self.text("location", profile.location),
            Self.list("tags", profile.tags), Self.list("keywords", profile.keywords),
        ]
        // A number is printed as it stands: so is a whole object.
        if !profile.attributesJson.isEmpty { summary.append(.init("attributes", .number(profile.attributesJson))) }
        self.add(id, kind: .summary, id, summary)
        for experience in profile.experiences {
            self.add(
                id,
                kind: .experience,
                try UUID(text: experience.id, path: "id"),
                [
                    Self.text("title", experience.title), Self.text("organization", experience.organization),
                    Self.text("description", experience.description), Self.list("highlights", experience.highlights),
                    Self.text("location", experience.location), Self.list("tags", experience.tags),
                ]
            )
        }
        for skill in profile.skills {
            self.add(
                id,
                kind: .skills,
                try UUID(text: skill.id, path: "id"),
                [
                    Self.text("name", skill.name), Self.list("keywords", skill.keywords),
                    Self.text("category", skill.category), Self.text("level", skill.level),
                ]
            )
        }
    }

    private mutating func add(_ owner: UUID, kind: SectionKind, _ id: UUID, _ members: [JSONNode.Member]) {
        self.owners.append(owner)
        self.kinds.append(Int16(truncatingIfNeeded: kind.rawValue))
        self.ids.append(id)
        self.contents.append(JSONNode.object(members).text())
    }

    private static func text(_ name: String, _ value: String) -> JSONNode.Member { .init(name, .string(value)) }

    private static func list(_ name: String, _ values: [String]) -> JSONNode.Member {
        .init(name, .array(values.map { .string($0) }))
    }
}
