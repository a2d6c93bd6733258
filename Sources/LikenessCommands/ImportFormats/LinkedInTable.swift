/// One table of LinkedIn's archive, and what its columns are called in JSON Resume.
struct LinkedInTable: Sendable {
    /// As in the archive.
    let file: String
    /// Of JSON Resume, where its rows go.
    let part: String
    /// By the title, folded as `ResumeScope` does.
    let columns: [String: String]

    /// The name of a file as it is compared: "Email Addresses.csv" and "EmailAddresses.csv" are one. What hides is none: macOS puts a
    /// "._Profile.csv" beside a "Profile.csv".
    static func folded(_ file: String) -> String? {
        file.lowercased().hasSuffix(".csv") && !file.hasPrefix(".") ? ResumeScope.folded(String(file.dropLast(4))) : nil
    }

    /// Whether a file of that name says whose the tables beside it are.
    static func isProfile(_ file: String) -> Bool { Self.folded(file) == Self.folded(Self.profile) }

    /// Whether a file by itself is one of the lists: it has the name, and no column that the list has not.
    static func isPart(_ file: String, titles: [String]) -> Bool {
        guard let table = Self.lists.first(where: { Self.folded($0.file) == Self.folded(file) }) else { return false }
        return titles.allSatisfy {
            table.columns[ResumeScope.folded($0)] != nil || Self.silent.contains(ResumeScope.folded($0))
        }
    }

    static let profile = "Profile.csv"
    static let profileSummary = "Profile Summary.csv"
    static let emails = "Email Addresses.csv"
    static let phones = "PhoneNumbers.csv"

    /// Of the person: members of `basics`.
    static let basics = [
        "firstname": "firstName", "lastname": "lastName", "headline": "label", "summary": "summary",
        "geolocation": "location",
    ]

    static let lists: [LinkedInTable] = [
        .init(
            file: "Positions.csv",
            part: "work",
            columns: [
                "companyname": "name", "title": "position", "description": "summary", "location": "location",
                "startedon": "startDate", "finishedon": "endDate",
            ]
        ),
        .init(
            file: "Education.csv",
            part: "education",
            columns: [
                "schoolname": "institution", "degreename": "degree", "notes": "notes", "activities": "activities",
                "activitiesandsocieties": "activities", "startdate": "startDate", "enddate": "endDate",
            ]
        ),
        .init(file: "Skills.csv", part: "skills", columns: ["name": "name"]),
        .init(file: "Languages.csv", part: "languages", columns: ["name": "language", "proficiency": "fluency"]),
        .init(
            file: "Certifications.csv",
            part: "certificates",
            columns: ["name": "name", "authority": "issuer", "startedon": "date", "url": "url"]
        ),
        .init(
            file: "Honors.csv",
            part: "awards",
            columns: ["title": "title", "description": "summary", "issuedon": "date", "issuer": "awarder"]
        ),
        .init(
            file: "Projects.csv",
            part: "projects",
            columns: [
                "title": "name", "description": "description", "url": "url", "startedon": "startDate",
                "finishedon": "endDate",
            ]
        ),
        .init(
            file: "Volunteering.csv",
            part: "volunteer",
            columns: [
                "companyname": "organization", "role": "position", "description": "summary", "startedon": "startDate",
                "finishedon": "endDate",
            ]
        ),
        .init(
            file: "Publications.csv",
            part: "publications",
            columns: [
                "name": "name", "description": "summary", "publisher": "publisher", "publishedon": "releaseDate",
                "url": "url",
            ]
        ),
    ]

    /// Titles that have no field: kept in attributes without a word.
    static let silent: Set<String> = ["licensenumber", "cause", "finishedon"]

    /// Files that are looked for, folded.
    static let wanted = Set(([profile, profileSummary, emails, phones] + lists.map(\.file)).compactMap { folded($0) })
}
