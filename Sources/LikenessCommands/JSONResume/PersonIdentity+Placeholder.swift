/// What templates and samples fill in where a person's own should stand: equal in the documents of many, so it names none of them.
extension PersonIdentity {
    /// Whether the text is that of a template. Addresses in domains reserved for examples name a person, unless they are what
    /// templates write there: documentation and tests have people there.
    var isPlaceholder: Bool {
        let text = self.text.lowercased()
        if Self.isForm(text) || Self.names.contains(text.lettersAndDigits) { return true }
        return switch self.kind {
        case .slug: Self.words.contains(text)
        case .canonical, .id, .url: Self.words.contains(text) || Self.isVersion(text) || Self.isAnyones(url: text)
        case .email: Self.isAnyones(email: text)
        case .externalID: false
        }
    }

    /// What is to be filled in: "{{id}}", "<your-id>", "your.name@x.example", "https://yourdomain.com/", "00000000-0000-…", "12345…".
    private static func isForm(_ text: String) -> Bool {
        if ["{{", "${", "<", ">", "%s"].contains(where: { text.contains($0) }) { return true }
        let parts = text.split { "/@:?#".contains($0) }
        let labels = parts.flatMap { $0.split(separator: ".").dropLast() }
        if (parts + labels).contains(where: { Self.forms.contains($0.lettersAndDigits) }) { return true }
        let signs = text.lettersAndDigits
        // What is shorter is a number of a table's row.
        let isLong = signs.count > 11
        return Set(signs).count == 1 && (isLong || signs.hasPrefix("xxx"))
            || isLong && "12345678901234567890".hasPrefix(signs)
    }

    private static let words: Set<String> = [
        "canonical", "cv", "default", "example", "false", "id", "index", "latest", "main", "master", "my-cv",
        "my-resume",
        "n/a", "na", "nil", "none", "null", "online-resume", "resume", "resume-json", "sample", "schema", "string",
        "template", "test", "todo", "true", "undefined", "unknown", "user", "uuid",
    ]

    /// What stands for a person's own, without signs.
    private static let forms: Set<String> = Set(
        [
            "account", "address", "canonical", "company", "cv", "domain", "email", "emailaddress", "emailhere", "first",
            "firstname", "handle", "here", "id", "idhere", "lastname", "link", "linkedin", "mail", "name", "namehere",
            "page",
            "profile", "resume", "site", "slug", "url", "user", "userid", "username", "uuid", "website",
        ].map { "your" + $0 }
    ).union([
        "changeme", "firstlast", "firstname", "firstnamelastname", "lastname", "lastnamefirstname", "namesurname",
        "placeholder", "replaceme", "username", "usernamehere",
    ])

    /// Whom samples are about.
    private static let names: Set<String> = ["janedoe", "jdoe", "johndoe", "johnqpublic"]

    /// As in `v1.0.0`.
    private static func isVersion(_ text: String) -> Bool {
        let numbers = (text.hasPrefix("v") ? text.dropFirst() : text[...]).split(separator: ".")
        return (2...4).contains(numbers.count) && numbers.allSatisfy { $0.count < 4 && $0.allSatisfy(\.isNumber) }
    }

    /// Whether an address is that of the format, of a schema, or of no place.
    private static func isAnyones(url: String) -> Bool {
        let address = Self.normalized(url: url)
        let parts = address.split(separator: "/").map { $0.prefix { $0 != "?" && $0 != "#" } }
        guard let first = parts.first else { return true }
        let host = first.prefix { $0 != ":" }
        if let last = parts.last, parts.count > 1, last.hasSuffix("schema.json") || last.hasSuffix("sample.resume.json")
        {
            return true
        }
        // The front page of what has pages of many, and pages of whom samples are about.
        let site = host.split(separator: ".").suffix(2).joined(separator: ".")
        if Self.hosts.contains(site), parts.count < (site == "linkedin.com" ? 3 : 2) { return true }
        let labels = host.split(separator: ".").dropLast() + parts.dropFirst()
        if labels.contains(where: { Self.names.contains($0.lettersAndDigits) }) { return true }
        switch host {
        case "github.com", "raw.githubusercontent.com": return parts.dropFirst().first == "jsonresume"
        case "jsonresume.org", "jsonresume.github.io", "json-schema.org", "localhost", "127.0.0.1", "0.0.0.0":
            return true
        case "registry.jsonresume.org", "example.com", "example.org", "example.net": return parts.count < 2
        // Of the sample of JSON Resume.
        case "richardhendricks.example.com", "richardhendricks.com", "piedpiper.com": return true
        default:
            return [".jsonresume.org", ".localhost", ".invalid", ".test"].contains { host.hasSuffix($0) }
        }
    }

    private static func isAnyones(email: String) -> Bool {
        let parts = email.split(separator: "@")
        guard parts.count == 2 else { return false }
        let (mailbox, domain) = (parts[0], parts[1])
        if domain == "localhost" || domain.hasSuffix(".invalid") || domain.hasSuffix(".localhost") { return true }
        // Of the sample of JSON Resume, which has had him at several places.
        if mailbox == "richard.hendriks" { return true }
        let name = mailbox.filter { !"._-+".contains($0) }
        let isTemplates = Self.domains.contains(String(domain)) || domain.hasPrefix("example.")
        return isTemplates && (Self.mailboxes.contains(name) || Self.names.contains(name))
    }

    /// Whether a mailbox is that of an office, which many read: it tells people apart with their names.
    static func isOffices(email: String) -> Bool {
        let mailbox = email.prefix { $0 != "@" && $0 != "+" }.filter { !"._-".contains($0) }
        return Self.offices.contains(mailbox)
    }

    private static let offices: Set<String> = [
        "admin", "administrator", "bewerbung", "career", "careers", "contact", "contacto", "contato", "contatti",
        "enquiries",
        "hallo", "hello", "help", "hi", "hola", "hr", "info", "inquiries", "job", "jobs", "karriere", "kontakt", "mail",
        "marketing", "noreply", "office", "people", "personal", "postmaster", "press", "reception", "recruiting",
        "recruitment", "rh", "sales", "secretary", "sekretariat", "service", "staff", "support", "talent", "team",
        "webmaster",
        "work",
    ]

    /// Where templates have their mailboxes.
    private static let domains: Set<String> = [
        "company.com", "domain.com", "email.com", "gmail.com", "hotmail.com", "mail.com", "outlook.com", "provider.com",
        "sample.com", "test.com", "website.com", "yahoo.com",
    ]

    private static let mailboxes: Set<String> = [
        "email", "example", "jane", "john", "me", "myemail", "mymail", "name", "sample", "someone", "test", "user",
        "you",
        "your",
    ]

    /// What has pages of many.
    private static let hosts: Set<String> = [
        "behance.net", "dribbble.com", "facebook.com", "github.com", "gitlab.com", "google.com", "instagram.com",
        "linkedin.com", "medium.com", "stackoverflow.com", "twitter.com", "x.com", "xing.com", "youtube.com",
    ]
}
