internal import LikenessMessages

/// The fields that passages of a section come from. Those that a kind does not have have no passages.
struct SectionFields {
    let long: StaticString
    let other: StaticString
    let name: StaticString
    let organization: StaticString = "organization"

    init(of kind: SectionKind) {
        switch kind {
        case .summary: (self.long, self.other, self.name) = ("summary", "headline", "display_name")
        case .skills: (self.long, self.other, self.name) = ("skills", "skills", "skills")
        case .experience, .unspecified, .unrecognized:
            (self.long, self.other, self.name) = ("description", "highlights", "title")
        }
    }
}
