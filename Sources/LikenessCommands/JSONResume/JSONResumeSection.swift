internal import LikenessMessages

/// One list of a JSON Resume whose items are experiences, and which property means what there.
struct JSONResumeSection {
    let key: String
    let category: ExperienceCategory
    var title: String
    var organization: String
    var location: String?
    var start: String?
    var end: String?
    var description: String = "summary"
    var highlights: String?

    static let all: [JSONResumeSection] = [
        .init(
            key: "work",
            category: .work,
            title: "position",
            organization: "name",
            location: "location",
            start: "startDate",
            end: "endDate",
            highlights: "highlights"
        ),
        .init(
            key: "volunteer",
            category: .volunteer,
            title: "position",
            organization: "organization",
            location: "location",
            start: "startDate",
            end: "endDate",
            highlights: "highlights"
        ),
        .init(
            key: "education",
            category: .education,
            title: "area",
            organization: "institution",
            start: "startDate",
            end: "endDate",
            description: "studyType",
            highlights: "courses"
        ),
        .init(
            key: "projects",
            category: .project,
            title: "name",
            organization: "entity",
            start: "startDate",
            end: "endDate",
            description: "description",
            highlights: "highlights"
        ),
        .init(key: "awards", category: .award, title: "title", organization: "awarder", end: "date"),
        .init(
            key: "publications",
            category: .publication,
            title: "name",
            organization: "publisher",
            end: "releaseDate"
        ),
        .init(
            key: "certificates",
            category: .certificate,
            title: "name",
            organization: "issuer",
            end: "date",
            description: "x-summary"
        ),
    ]

    func read(_ item: inout JSONObjectReader) throws(JSONResumeError) -> Experience {
        var experience = Experience()
        experience.category = self.category
        experience.title = try item.takeString(self.title)
        experience.organization = try item.takeString(self.organization)
        experience.description = try item.takeString(self.description)
        if let key = self.location { experience.location = try item.takeString(key) }
        if let key = self.start { experience.startDate = try Self.takeDate(key, from: &item) }
        if let key = self.end { experience.endDate = try Self.takeDate(key, from: &item) }
        if let key = self.highlights { experience.highlights = try item.takeStrings(key) }
        return experience
    }

    private static func takeDate(
        _ key: String,
        from item: inout JSONObjectReader
    ) throws(JSONResumeError) -> PartialDate? {
        let text = try item.takeString(key)
        guard !text.isEmpty else { return nil }
        guard let date = PartialDate(iso8601: text) else {
            throw .invalidDate(path: item.path(of: key), value: text)
        }
        return date
    }
}
