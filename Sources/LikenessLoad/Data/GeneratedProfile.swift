package import LikenessMessages

/// A person that never was.
package struct GeneratedProfile: Sendable {
    /// With ids, and experiences in the order in which an import of its JSON Resume makes them.
    package var profile: Profile
    package let city: String
    /// ISO 3166-1, two letters.
    package let country: String
    /// What each section is about, in the order of `SectionText.sections`: for embeddings that lie as real ones do.
    package internal(set) var themes: [SectionTheme]
}

/// A field of work and one of its skills.
package struct SectionTheme: Sendable, Hashable {
    package let field: Int
    package let skill: Int

    package init(field: Int, skill: Int) { (self.field, self.skill) = (field, skill) }
}
