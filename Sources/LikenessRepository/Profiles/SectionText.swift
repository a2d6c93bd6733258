package import LikenessMessages

/// One part of a profile that has an embedding of its own.
package struct Section: Sendable, Hashable {
    package let kind: SectionKind
    /// Of the experience for EXPERIENCE, of the profile otherwise.
    package let id: String
    /// What the embedder reads.
    package let text: String
}

/// What each section of a profile embeds.
///
/// | section | text |
/// |---|---|
/// | SUMMARY | headline, summary, display name: `Mathematician. Wrote the first program. Ada Lovelace` |
/// | EXPERIENCE | title and organization, description, highlights: `Professor, Sorbonne. Isolated radium. Founded…` |
/// | SKILLS | names with their keywords: `Chemistry (radioactivity, isolation); French` |
///
/// Parts that are empty are left out together with their punctuation. A section without any text has no embedding; the
/// summary always has some. The name comes last, where it colours the meaning least and is still found; see
/// `docs/search.md`. Locations, dates, tags and levels are not embedded: filters and words find them better.
/// A change of these rules makes stored embeddings stale, so it comes with a migration that refills the outbox.
package enum SectionText {
    /// The sections of one profile, in the order SUMMARY, EXPERIENCE…, SKILLS.
    ///
    /// - Parameter profile: With its id and those of its experiences.
    package static func sections(of profile: Profile) -> [Section] {
        var sections = [Section(kind: .summary, id: profile.id, text: self.summary(of: profile))]
        for experience in profile.experiences {
            let text = self.text(of: experience)
            if !text.isEmpty { sections.append(Section(kind: .experience, id: experience.id, text: text)) }
        }
        let skills = self.text(of: profile.skills)
        if !skills.isEmpty { sections.append(Section(kind: .skills, id: profile.id, text: skills)) }
        return sections
    }

    package static let kinds: [SectionKind] = [.summary, .experience, .skills]

    /// The fields that the text of a kind of section is made of, as filters name them.
    static func fields(of kind: SectionKind) -> [[String]] {
        switch kind {
        case .summary: [["headline"], ["summary"], ["display_name"]]
        case .experience: ["title", "organization", "description", "highlights"].map { ["experiences", $0] }
        case .skills: ["name", "keywords"].map { ["skills", $0] }
        case .unspecified, .unrecognized: []
        }
    }

    package static func summary(of profile: Profile) -> String {
        self.sentences([profile.headline, profile.summary, profile.displayName])
    }

    package static func text(of experience: Experience) -> String {
        let title = self.joined([experience.title, experience.organization], separator: ", ")
        return self.sentences([title, experience.description] + experience.highlights)
    }

    package static func text(of skills: [Skill]) -> String {
        let names = skills.map { skill in
            let keywords = self.joined(skill.keywords, separator: ", ")
            return keywords.isEmpty || skill.name.isEmpty ? skill.name + keywords : "\(skill.name) (\(keywords))"
        }
        return self.joined(names, separator: "; ")
    }

    /// Joins parts by ". ", or by a space behind one that ends a sentence itself.
    private static func sentences(_ parts: [String]) -> String {
        var text = ""
        for part in parts where !part.isEmpty {
            if let last = text.last { text += last == "." || last == "!" || last == "?" ? " " : ". " }
            text += part
        }
        return text
    }

    private static func joined(_ parts: [String], separator: String) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: separator)
    }
}
