internal import Foundation
internal import LikenessMessages

/// One profile as JSON and for people.
struct ProfileOutput: Encodable {
    struct ExperienceOutput: Encodable {
        let id: String
        let category: String
        let title: String
        let organization: String
        let location: String
        let startDate: String?
        let endDate: String?
        let description: String
        let highlights: [String]
        let tags: [String]
    }

    struct SkillOutput: Encodable {
        let id: String
        let name: String
        let category: String
        let level: String
        let keywords: [String]
    }

    let id: String
    let identityId: String
    let slug: String
    let displayName: String
    let headline: String
    let summary: String
    let location: String
    let tags: [String]
    let keywords: [String]
    let attributes: JSONValue
    let experiences: [ExperienceOutput]
    let skills: [SkillOutput]
    let revision: Int64
    let createTime: String?
    let updateTime: String?
    let deleteTime: String?

    init(_ profile: Profile) {
        self.id = profile.id
        self.identityId = profile.identityId
        self.slug = profile.slug
        self.displayName = profile.displayName
        self.headline = profile.headline
        self.summary = profile.summary
        self.location = profile.location
        self.tags = profile.tags
        self.keywords = profile.keywords
        self.attributes = (try? JSONValue(parsing: .init(profile.attributesJson.utf8))) ?? .object([:])
        self.experiences = profile.experiences.map { item in
            ExperienceOutput(
                id: item.id,
                category: Self.word(item.category),
                title: item.title,
                organization: item.organization,
                location: item.location,
                startDate: item.startDate?.iso8601,
                endDate: item.endDate?.iso8601,
                description: item.description,
                highlights: item.highlights,
                tags: item.tags
            )
        }
        self.skills = profile.skills.map { item in
            SkillOutput(
                id: item.id,
                name: item.name,
                category: item.category,
                level: item.level,
                keywords: item.keywords
            )
        }
        self.revision = profile.revision
        self.createTime = profile.createTime?.rfc3339
        self.updateTime = profile.updateTime?.rfc3339
        self.deleteTime = profile.deleteTime?.rfc3339
    }

    static func word(_ category: ExperienceCategory) -> String {
        switch category {
        case .work: "work"
        case .volunteer: "volunteer"
        case .education: "education"
        case .project: "project"
        case .award: "award"
        case .publication: "publication"
        case .certificate: "certificate"
        case .unspecified, .unrecognized: "other"
        }
    }

    func page(_ style: TerminalStyle) -> String {
        var lines = [style.bold(TerminalText.printable(self.displayName)) + style.dim("  \(self.slug)")]
        if !self.headline.isEmpty { lines.append(TerminalText.printable(self.headline)) }
        if !self.location.isEmpty { lines.append(TerminalText.printable(self.location)) }
        if let time = self.deleteTime { lines.append(style.red("deleted \(time)")) }
        if !self.summary.isEmpty { lines += ["", TerminalText.printable(self.summary)] }
        if !self.experiences.isEmpty { lines += ["", style.bold("Experiences")] }
        for item in self.experiences {
            let dates = [item.startDate, item.endDate].compactMap { $0 }.joined(separator: " to ")
            let names = [item.title, item.organization, item.location].filter { !$0.isEmpty }.joined(separator: ", ")
            lines.append("- \(TerminalText.printable(names))" + (dates.isEmpty ? "" : style.dim("  \(dates)")))
            for text in [item.description] + item.highlights where !text.isEmpty {
                lines.append("    \(TerminalText.printable(text))")
            }
        }
        if !self.skills.isEmpty { lines += ["", style.bold("Skills")] }
        for item in self.skills {
            let more = ([item.level] + item.keywords).filter { !$0.isEmpty }.joined(separator: ", ")
            lines.append(
                "- \(TerminalText.printable(item.name))"
                    + (more.isEmpty ? "" : style.dim("  \(TerminalText.printable(more))"))
            )
        }
        lines += ["", style.dim("revision \(self.revision), updated \(self.updateTime ?? "?"), id \(self.id)")]
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A page of profiles as JSON and for people.
struct ProfileListOutput: Encodable {
    struct Item: Encodable {
        let id: String
        let slug: String
        let displayName: String
        let headline: String
        let location: String
        let revision: Int64
        let updateTime: String?
        let deleteTime: String?

        init(_ profile: ProfileSummary) {
            self.id = profile.id
            self.slug = profile.slug
            self.displayName = profile.displayName
            self.headline = profile.headline
            self.location = profile.location
            self.revision = profile.revision
            self.updateTime = profile.updateTime?.rfc3339
            self.deleteTime = profile.deleteTime?.rfc3339
        }
    }

    let profiles: [Item]
    let nextPageToken: String

    func table(_ style: TerminalStyle) -> String {
        guard !self.profiles.isEmpty else { return "No profiles.\n" }
        var table = Table([
            .init(title: "SLUG", widthMax: 36), .init(title: "NAME", widthMax: 32),
            .init(title: "HEADLINE", widthMax: 44), .init(title: "REVISION", alignment: .right), .init(title: "STATE"),
        ])
        for item in self.profiles {
            table.add([
                item.slug, item.displayName, item.headline, String(item.revision),
                item.deleteTime == nil ? "live" : "deleted",
            ])
        }
        let more = self.nextPageToken.isEmpty ? "" : style.dim("more: --page-token \(self.nextPageToken)") + "\n"
        return table.rendered(style: style) + more
    }
}
