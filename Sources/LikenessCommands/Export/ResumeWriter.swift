package import LikenessMessages
package import LikenessReflection

/// Writes a profile as a JSON Resume document, which an import reads as the same person, as far as such documents go: docs/import.md.
///
/// - SeeAlso: The JSON Resume schema, version 1.0.0.
package enum ResumeWriter {
    package static func document(_ profile: Profile) -> JSONNode {
        var basics: [JSONNode.Member] = []
        basics.add("name", profile.displayName)
        basics.add("label", profile.headline)
        basics.add("summary", profile.summary)
        if !profile.location.isEmpty {
            // A city is read as far as a city goes.
            let isShort = profile.location.unicodeScalars.count <= 100
            basics.append(.init("location", .object([.init(isShort ? "city" : "address", .string(profile.location))])))
        }
        var document: [JSONNode.Member] = [.init("basics", .object(basics))]
        for section in Self.sections {
            let items = profile.experiences.filter { section.categories.contains($0.category) }
            if !items.isEmpty {
                document.append(.init(section.name, .array(items.map { .object(section.members($0)) })))
            }
        }
        let languages = profile.skills.filter { $0.category == "language" }
        let skills = profile.skills.filter { $0.category != "language" }
        if !skills.isEmpty { document.append(.init("skills", .array(skills.map(Self.skill)))) }
        if !languages.isEmpty { document.append(.init("languages", .array(languages.map(Self.language)))) }
        var meta: [JSONNode.Member] = []
        meta.add("canonical", profile.slug)
        if !profile.externalIds.isEmpty { meta.append(.init("externalIds", Self.externalIDs(profile.externalIds))) }
        if !meta.isEmpty { document.append(.init("meta", .object(meta))) }
        return Self.merged(document, Self.kept(profile))
    }

    // MARK: Lists

    /// A list of the document, whose items are experiences.
    private struct Section: Sendable {
        let name: String
        let categories: [ExperienceCategory]
        let title: String
        let organization: String
        var description = "summary"
        var hasLocation = true
        var highlights: String? = "highlights"
        /// The one date of what has no beginning.
        var date: String?

        static func ofOneDate(
            _ name: String,
            _ category: ExperienceCategory,
            title: String,
            organization: String,
            date: String
        ) -> Section {
            Section(
                name: name,
                categories: [category],
                title: title,
                organization: organization,
                hasLocation: false,
                highlights: nil,
                date: date
            )
        }

        func members(_ experience: Experience) -> [JSONNode.Member] {
            var members: [JSONNode.Member] = []
            members.add(self.title, experience.title)
            members.add(self.organization, experience.organization)
            if self.hasLocation { members.add("location", experience.location) }
            if let date = self.date {
                members.add(date, (experience.endDate ?? experience.startDate)?.iso8601 ?? "")
            } else {
                members.add("startDate", experience.startDate?.iso8601 ?? "")
                members.add("endDate", experience.endDate?.iso8601 ?? "")
            }
            members.add(self.description, experience.description)
            if let highlights = self.highlights { members.add(highlights, experience.highlights) }
            return members
        }
    }

    private static let sections: [Section] = [
        .init(name: "work", categories: [.work, .unspecified], title: "position", organization: "name"),
        .init(name: "volunteer", categories: [.volunteer], title: "position", organization: "organization"),
        .init(
            name: "education",
            categories: [.education],
            title: "area",
            organization: "institution",
            highlights: "courses"
        ),
        .init(
            name: "projects",
            categories: [.project],
            title: "name",
            organization: "entity",
            description: "description",
            hasLocation: false
        ),
        .ofOneDate("awards", .award, title: "title", organization: "awarder", date: "date"),
        .ofOneDate("publications", .publication, title: "name", organization: "publisher", date: "releaseDate"),
        .ofOneDate("certificates", .certificate, title: "name", organization: "issuer", date: "date"),
    ]

    private static func skill(_ skill: Skill) -> JSONNode {
        var members: [JSONNode.Member] = []
        members.add("name", skill.name)
        members.add("level", skill.level)
        members.add("keywords", skill.keywords)
        return .object(members)
    }

    private static func language(_ skill: Skill) -> JSONNode {
        var members: [JSONNode.Member] = []
        members.add("language", skill.name)
        members.add("fluency", skill.level)
        return .object(members)
    }

    /// `{"crm": "42", "hr": ["7", "8"]}`
    private static func externalIDs(_ ids: [ExternalId]) -> JSONNode {
        var systems: [String] = []
        for id in ids where !systems.contains(id.system) { systems.append(id.system) }
        return .object(
            systems.map { system in
                let own = ids.filter { $0.system == system }.map { JSONNode.string($0.id) }
                return .init(system, own.count == 1 ? own[0] : .array(own))
            }
        )
    }

    // MARK: What an import has kept

    /// What of the document from which the profile came has no field. Items of lists are left out: which of them are which experiences
    /// by now is not known.
    private static func kept(_ profile: Profile) -> [JSONNode.Member] {
        guard case .object(let attributes)? = try? JSONParser.parse(Array(profile.attributesJson.utf8)),
            case .object(let members)? = attributes.first(where: { $0.name == DocumentOrigin.jsonResumeMember })?.value
        else { return [] }
        let lists = Set(JSONResumeSection.all.flatMap(\.names) + ResumeVocabulary.skills + ResumeVocabulary.languages)
        return members.filter { !lists.contains(ResumeScope.folded($0.name)) }
    }

    /// Members with what others have besides.
    private static func merged(_ members: [JSONNode.Member], _ others: [JSONNode.Member]) -> JSONNode {
        var merged = members
        for other in others {
            guard let index = merged.firstIndex(where: { $0.name == other.name }) else {
                merged.append(other)
                continue
            }
            guard case .object(let inner) = merged[index].value, case .object(let more) = other.value else { continue }
            merged[index] = .init(other.name, Self.merged(inner, more))
        }
        return .object(merged)
    }
}

extension [JSONNode.Member] {
    /// Leaves out what says nothing.
    fileprivate mutating func add(_ name: String, _ text: String) {
        if !text.isEmpty { self.append(.init(name, .string(text))) }
    }

    fileprivate mutating func add(_ name: String, _ texts: [String]) {
        if !texts.isEmpty { self.append(.init(name, .array(texts.map { .string($0) }))) }
    }
}
