internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct ExperienceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experience",
        abstract: "Add, change and remove single experiences of a profile.",
        subcommands: [ExperienceAddCommand.self, ExperienceUpdateCommand.self, ExperienceRemoveCommand.self]
    )
}

struct SkillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skill",
        abstract: "Add, change and remove single skills of a profile.",
        subcommands: [SkillAddCommand.self, SkillUpdateCommand.self, SkillRemoveCommand.self]
    )
}

/// What commands about rows of one profile have in common.
struct ProfileEditOptions: ParsableArguments {
    @Option(help: "Only when the profile still has this revision.")
    var ifRevision: Int64 = 0

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    /// Has edits of one kind made, and prints what was done to each row.
    func run(_ edits: [ProfileEdit.Edit], of key: ProfileKey, done: String) async throws {
        try await self.connection.withClient { client, options in
            let request = EditProfileRequest(
                key: key,
                edits: edits.map { ProfileEdit(edit: $0) },
                ifRevision: self.ifRevision
            )
            let response = try await client.profiles.editProfile(request, options: options)
            Redirection.report(from: response.redirectedFrom, to: response.profile?.slug ?? "")
            try self.outputOptions.write(response) { _ in
                response.rowIds.map { "\(done) \($0)\n" as DisplayText }.joined(separator: "")
            }
        }
    }
}

/// An option that is given once for each element of a list, and once with an empty text for a list of none.
enum ListArgument {
    static func values(_ given: [String]) -> [String] { given == [""] ? [] : given }

    static func check(_ given: [String], _ name: String) throws {
        guard given.count < 2 || !given.contains("") else {
            throw ValidationError("--\(name) '' is for an empty list, and is given with others")
        }
    }
}

// MARK: Experiences

enum ExperienceCategoryArgument: String, ExpressibleByArgument, CaseIterable {
    case work, volunteer, education, project, award, publication, certificate, none

    var category: ExperienceCategory {
        switch self {
        case .work: .work
        case .volunteer: .volunteer
        case .education: .education
        case .project: .project
        case .award: .award
        case .publication: .publication
        case .certificate: .certificate
        case .none: .unspecified
        }
    }
}

/// Fields of an experience. Those that are given are set; a text that is given empty is removed, and so is a list that is given as one
/// empty text.
struct ExperienceFields: ParsableArguments {
    @Option(help: "What kind it is.")
    var category: ExperienceCategoryArgument?

    @Option(help: "Position, degree or title of the work.")
    var title: String?

    @Option(help: "Employer, school, publisher or awarding body.")
    var organization: String?

    @Option(help: "Where.")
    var location: String?

    @Option(help: "From when: YYYY, YYYY-MM or YYYY-MM-DD.")
    var start: String?

    @Option(help: "Until when, in the same form.")
    var end: String?

    @Option(help: "What was done.")
    var description: String?

    @Option(help: "An achievement; again for more, '' for none.")
    var highlight: [String] = []

    @Option(help: "A label for filters and masks; again for more, '' for none.")
    var tag: [String] = []

    func validate() throws {
        try ListArgument.check(self.highlight, "highlight")
        try ListArgument.check(self.tag, "tag")
        for text in [self.start, self.end].compactMap({ $0 }) where !text.isEmpty && PartialDate(iso8601: text) == nil {
            throw ValidationError("\"\(text)\" is not YYYY, YYYY-MM or YYYY-MM-DD")
        }
    }

    func experience(id: String) -> Experience {
        Experience(
            id: id,
            category: self.category?.category ?? .unspecified,
            title: self.title ?? "",
            organization: self.organization ?? "",
            location: self.location ?? "",
            startDate: self.start.flatMap { PartialDate(iso8601: $0) },
            endDate: self.end.flatMap { PartialDate(iso8601: $0) },
            description: self.description ?? "",
            highlights: ListArgument.values(self.highlight),
            tags: ListArgument.values(self.tag)
        )
    }

    /// Of those that are given.
    var paths: [String] {
        [
            ("category", self.category != nil), ("title", self.title != nil),
            ("organization", self.organization != nil), ("location", self.location != nil),
            ("start_date", self.start != nil), ("end_date", self.end != nil),
            ("description", self.description != nil), ("highlights", !self.highlight.isEmpty),
            ("tags", !self.tag.isEmpty),
        ].filter(\.1).map(\.0)
    }
}

struct ExperienceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an experience, after the others or in front of one.",
        discussion: """
            The id of the new experience is printed; one that is given is kept.

            EXAMPLE
              likeness profile experience add grace-hopper --category award \\
                  --title "Presidential Medal of Freedom" --start 2016-11-22
            """
    )

    @OptionGroup var argument: ProfileKeyArgument
    @OptionGroup var fields: ExperienceFields

    @Option(help: "Id (UUID) for the new one.")
    var id = ""

    @Option(help: "Id (UUID) of the experience that it is put in front of.")
    var before = ""

    @OptionGroup var edit: ProfileEditOptions

    func validate() throws {
        guard !self.fields.paths.isEmpty else { throw ValidationError("what the experience is is missing: --title") }
    }

    func run() async throws {
        let addition = ExperienceAddition(experience: self.fields.experience(id: self.id), beforeId: self.before)
        try await self.edit.run([.addExperience(addition)], of: self.argument.key, done: "added")
    }
}

struct ExperienceUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change fields of one experience.",
        discussion: """
            What is not given stays. Lists are replaced whole; --tag '' empties one.

            EXAMPLE
              likeness profile experience update grace-hopper --end 1986 \\
                  $(likeness profile get grace-hopper --output json | \\
                  jq -r '.profile.experiences[0].id')
            """
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Argument(help: "Id (UUID) of the experience.")
    var id: String

    @OptionGroup var fields: ExperienceFields
    @OptionGroup var edit: ProfileEditOptions

    func validate() throws {
        guard !self.fields.paths.isEmpty else { throw ValidationError("what is to be changed is missing") }
    }

    func run() async throws {
        let update = ExperienceUpdate(
            experience: self.fields.experience(id: self.id),
            updateMask: .init(paths: self.fields.paths)
        )
        try await self.edit.run([.updateExperience(update)], of: self.argument.key, done: "updated")
    }
}

struct ExperienceRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove experiences of a profile: all that are named, or none."
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Argument(help: "Ids (UUID) of the experiences.")
    var ids: [String]

    @OptionGroup var edit: ProfileEditOptions

    func run() async throws {
        try await self.edit.run(self.ids.map { .removeExperience($0) }, of: self.argument.key, done: "removed")
    }
}

// MARK: Skills

/// Fields of a skill, as those of an experience.
struct SkillFields: ParsableArguments {
    @Option(help: "What the person can do.")
    var name: String?

    @Option(help: "Group that it belongs to, such as language or instrument.")
    var category: String?

    @Option(help: "How well, in your own words.")
    var level: String?

    @Option(help: "A related word; again for more, '' for none.")
    var keyword: [String] = []

    func validate() throws { try ListArgument.check(self.keyword, "keyword") }

    func skill(id: String) -> Skill {
        Skill(
            id: id,
            name: self.name ?? "",
            category: self.category ?? "",
            level: self.level ?? "",
            keywords: ListArgument.values(self.keyword)
        )
    }

    /// Of those that are given.
    var paths: [String] {
        [
            ("name", self.name != nil), ("category", self.category != nil), ("level", self.level != nil),
            ("keywords", !self.keyword.isEmpty),
        ].filter(\.1).map(\.0)
    }
}

struct SkillAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a skill, after the others or in front of one.",
        discussion: """
            The id of the new skill is printed; one that is given is kept.

            EXAMPLE
              likeness profile skill add grace-hopper --name COBOL --level expert
            """
    )

    @OptionGroup var argument: ProfileKeyArgument
    @OptionGroup var fields: SkillFields

    @Option(help: "Id (UUID) for the new one.")
    var id = ""

    @Option(help: "Id (UUID) of the skill that it is put in front of.")
    var before = ""

    @OptionGroup var edit: ProfileEditOptions

    func validate() throws {
        guard !self.fields.paths.isEmpty else { throw ValidationError("what the skill is is missing: --name") }
    }

    func run() async throws {
        let addition = SkillAddition(skill: self.fields.skill(id: self.id), beforeId: self.before)
        try await self.edit.run([.addSkill(addition)], of: self.argument.key, done: "added")
    }
}

struct SkillUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change fields of one skill. What is not given stays; keywords are replaced whole, by '' with none."
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Argument(help: "Id (UUID) of the skill.")
    var id: String

    @OptionGroup var fields: SkillFields
    @OptionGroup var edit: ProfileEditOptions

    func validate() throws {
        guard !self.fields.paths.isEmpty else { throw ValidationError("what is to be changed is missing") }
    }

    func run() async throws {
        let update = SkillUpdate(
            skill: self.fields.skill(id: self.id),
            updateMask: .init(paths: self.fields.paths)
        )
        try await self.edit.run([.updateSkill(update)], of: self.argument.key, done: "updated")
    }
}

struct SkillRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove skills of a profile: all that are named, or none."
    )

    @OptionGroup var argument: ProfileKeyArgument

    @Argument(help: "Ids (UUID) of the skills.")
    var ids: [String]

    @OptionGroup var edit: ProfileEditOptions

    func run() async throws {
        try await self.edit.run(self.ids.map { .removeSkill($0) }, of: self.argument.key, done: "removed")
    }
}
