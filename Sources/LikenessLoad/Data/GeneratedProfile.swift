package import LikenessMessages

/// A person that never was.
package struct GeneratedProfile: Sendable {
    /// With ids, and experiences in the order in which an import of its JSON Resume makes them.
    package var profile: Profile
    package let city: String
    /// ISO 3166-1, two letters.
    package let country: String
    /// The field of work that each section is about, in the order of `SectionText.sections`: an index of `Lexicon.fields`.
    package internal(set) var fields: [Int]
}
