internal import LikenessMessages

/// What sections are called in answers.
enum SectionTitle {
    static let summary = "Summary"
    static let skills = "Skills"

    static func experience(_ title: String, organization: String) -> String {
        [title, organization].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// - Parameter titles: Of experiences, by their ids.
    static func text(of section: SectionMatch, experiences titles: [String: String]) -> String {
        switch section.kind {
        case .summary: self.summary
        case .skills: self.skills
        case .experience: titles[section.id] ?? ""
        case .unspecified, .unrecognized: ""
        }
    }

    /// - Returns: `nil` when the profile has no such section.
    static func match(_ kind: SectionKind, _ id: String, of profile: Profile) -> SectionMatch? {
        switch kind {
        case .summary: return SectionMatch(kind: kind, id: profile.id, title: self.summary)
        case .skills:
            return profile.skills.isEmpty ? nil : SectionMatch(kind: kind, id: profile.id, title: self.skills)
        case .experience, .unspecified, .unrecognized:
            guard let experience = profile.experiences.first(where: { $0.id == id }) else { return nil }
            let title = self.experience(experience.title, organization: experience.organization)
            return SectionMatch(kind: kind, id: id, title: title)
        }
    }
}
