internal import LikenessMessages

/// What a column of a table is about.
package enum TableField: Sendable, Hashable {
    case name, givenName, middleName, familyName
    case email, url, id, slug
    case externalID(system: String)
    case headline, title, organization, start, end
    case summary, location, city, region, country, countryCode
    case skills, languages, tags, keywords
    /// Kept in attributes.
    case attribute
    /// Left out.
    case none

    /// How `--column` names it, and the titles that mean it, folded as `ResumeScope` does, the first before the next.
    static let known: [(field: TableField, word: String, titles: [String])] = [
        (.name, "name", ResumeVocabulary.name + ["contactname", "employeename", "candidate", "person"]),
        (.givenName, "given-name", ResumeVocabulary.givenName + ["christianname", "nombre", "voornaam"]),
        (.middleName, "middle-name", ResumeVocabulary.middleName),
        (
            .familyName, "family-name",
            ResumeVocabulary.familyName + ["apellido", "apellidos", "achternaam", "nomdefamille"]
        ),
        (
            .email, "email",
            ResumeVocabulary.email + ["workemail", "businessemail", "emailwork", "email1", "email1value"]
        ),
        (.url, "url", ResumeVocabulary.url + ["web", "webpage", "profilelink"]),
        (.id, "id", ResumeVocabulary.externalID + ["personnelnumber", "employeenumber", "employeeno"]),
        (.slug, "slug", ["slug", "canonical"]),
        (.headline, "headline", ["headline", "label", "tagline", "professionaltitle"]),
        (
            .title, "title",
            ["jobtitle", "title", "currenttitle", "positiontitle", "position", "currentposition", "role", "occupation"]
                + ["designation", "function", "beruf", "poste"]
        ),
        (
            .organization, "organization",
            [
                "organization", "organisation", "company", "companyname", "currentcompany", "employer",
                "organizationname",
            ]
                + ["account", "accountname", "firma", "unternehmen", "entreprise", "empresa"]
        ),
        (.start, "start", ResumeVocabulary.start),
        (.end, "end", ResumeVocabulary.end),
        (.summary, "summary", ResumeVocabulary.summary),
        // An address is kept, and not shown as a location.
        (
            .location, "location",
            ResumeVocabulary.location.filter { $0 != "address" && !ResumeVocabulary.places[0].contains($0) } + ["ort"]
        ),
        (.city, "city", ResumeVocabulary.places[0] + ["stadt", "ville"]),
        (.region, "region", ResumeVocabulary.places[1]),
        (.country, "country", ResumeVocabulary.places[2] + ["land", "pays"]),
        (.countryCode, "country-code", ResumeVocabulary.places[3]),
        (
            .skills, "skills",
            ResumeVocabulary.skills
                + ["fähigkeiten", "kenntnisse", "compétences", "habilidades"].map(ResumeScope.folded)
        ),
        (.languages, "languages", ResumeVocabulary.languages + ["sprachen", "langues", "idiomas"]),
        (.tags, "tags", ["tags", "tag", "labels"]),
        (.keywords, "keywords", ["keywords", "keyword"]),
        (.attribute, "attribute", []),
        (.none, "none", []),
    ]

    /// How `--column` names it.
    package var word: String {
        if case .externalID(let system) = self { return "\(Self.externalIDWord):\(system)" }
        return Self.known.first { $0.field == self }?.word ?? ""
    }

    static let externalIDWord = "external-id"

    /// All that `--column` takes.
    package static var words: [String] {
        var words = Self.known.map(\.word)
        words.insert("\(Self.externalIDWord):SYSTEM", at: (words.firstIndex(of: "slug") ?? 0) + 1)
        return words
    }

    /// What `--column` names.
    package init?(word: String) {
        let parts = word.split(separator: ":", maxSplits: 1).map { $0.trimmed() }
        if parts.count == 2, parts[0] == Self.externalIDWord {
            guard Self.isSystem(parts[1]) else { return nil }
            self = .externalID(system: parts[1])
            return
        }
        guard let known = Self.known.first(where: { $0.word == word }) else { return nil }
        self = known.field
    }

    /// What a title means, and how sure that is: of two titles of one field the one with the lower rank counts.
    static func meant(by title: String) -> (field: TableField, rank: Int)? {
        // "external id (crm)", "external_id:crm", "externalIds.crm"
        if let sign = title.firstIndex(where: { ":.(/[".contains($0) }),
            ["externalid", "externalids"].contains(ResumeScope.folded(String(title[..<sign])))
        {
            let system = title[title.index(after: sign)...].lowercased().trimmed(of: ")]")
            return Self.isSystem(system) ? (.externalID(system: system), 0) : nil
        }
        let folded = ResumeScope.folded(title)
        for known in Self.known {
            if let rank = known.titles.firstIndex(of: folded) { return (known.field, rank) }
        }
        return nil
    }

    /// Whether a title is that of a name or a part of one.
    static func isName(_ title: String) -> Bool {
        [.name, .givenName, .familyName].contains(Self.meant(by: title)?.field)
    }

    private static func isSystem(_ text: String) -> Bool { text.utf8.count <= 100 && PersonIdentity.isSlug(text) }

    /// Whether several columns may be about it, and all of them count.
    var isList: Bool {
        switch self {
        case .skills, .languages, .tags, .keywords, .externalID, .attribute, .none: true
        default: false
        }
    }
}

/// One `--column HEADER=FIELD`.
package struct TableColumnChoice: Sendable, Hashable {
    let title: String
    let field: TableField

    package init(title: String, field: TableField) { (self.title, self.field) = (title, field) }

    /// - Parameter argument: What stands after `--column`; the title may have signs of equality itself.
    package init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="), sign != argument.startIndex,
            let field = TableField(word: argument[argument.index(after: sign)...].trimmed())
        else { return nil }
        self.init(title: argument[..<sign].trimmed(), field: field)
    }
}
