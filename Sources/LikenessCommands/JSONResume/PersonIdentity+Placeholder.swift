/// What templates and samples fill in where a person's own should stand: equal in the documents of many, so it names none of them.
extension PersonIdentity {
    /// Whether the text is that of a template. Addresses in domains reserved for examples name a person, unless they are what
    /// templates write there: documentation and tests have people there.
    var isPlaceholder: Bool {
        let text = self.text.lowercased()
        if Self.isForm(text) || Self.names.contains(text.lettersAndDigits) { return true }
        return switch self.kind {
        case .slug: Self.words.contains(text) || Self.nothings.contains(text.lettersAndDigits)
        case .canonical, .id, .url: Self.words.contains(text) || Self.isVersion(text) || Self.isAnyones(url: text)
        case .email: Self.isAnyones(email: text) || Self.isShared(email: text)
        // After the system and a colon.
        case .externalID:
            (text.split(separator: ":", maxSplits: 1).last).map { id in
                Self.isForm(String(id)) || Self.nothings.contains(id.lettersAndDigits)
            } ?? true
        }
    }

    /// What is to be filled in: "{{id}}", "<your-id>", "your.name@x.example", "https://yourdomain.com/", "00000000-0000-…", "12345…".
    private static func isForm(_ text: String) -> Bool {
        if ["{{", "${", "<", ">", "%s"].contains(where: { text.contains($0) }) { return true }
        let parts = text.split { "/@:?#".contains($0) }
        let labels = parts.flatMap { $0.split(separator: ".").dropLast() }
        if (parts + labels).contains(where: { Self.forms.contains($0.lettersAndDigits) }) { return true }
        let signs = text.lettersAndDigits
        if signs.allSatisfy({ $0 == "0" }) { return true }
        // What is shorter is a number of a table's row.
        let isLong = signs.count > 11
        return Set(signs).count == 1 && (isLong || signs.hasPrefix("xxx"))
            || isLong && "12345678901234567890".hasPrefix(signs)
    }

    /// What tables and forms have where there is nothing, without signs.
    private static let nothings: Set<String> = [
        "false", "na", "nan", "nil", "none", "null", "tbd", "todo", "true", "undefined", "unknown",
    ]

    private static let words: Set<String> = nothings.union([
        "canonical", "cv", "default", "example", "id", "index", "latest", "main", "master", "my-cv",
        "my-resume",
        "n/a", "online-resume", "resume", "resume-json", "sample", "schema", "string",
        "template", "test", "user", "uuid",
    ])

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
        if Self.nothings.contains(name),
            domain.split(separator: ".").first.map({ Self.nothings.contains(String($0)) }) == true
        {
            return true
        }
        let isTemplates = Self.domains.contains(String(domain)) || domain.hasPrefix("example.")
        return isTemplates && (Self.mailboxes.contains(name) || Self.names.contains(name))
    }

    /// Whether a mailbox is that of a firm, a department or a program: the people whose documents have it are many, and two of them may
    /// have one name.
    static func isShared(email: String) -> Bool {
        let mailbox = Self.mailbox(of: email)
        return Self.shared.contains(mailbox) || Self.unanswered.contains { mailbox.contains($0) }
    }

    /// Whether a mailbox is what people with a domain of their own have, and firms too: with the name it tells people apart.
    static func isOpen(email: String) -> Bool { Self.open.contains(Self.mailbox(of: email)) }

    private static func mailbox(of email: String) -> String {
        email.lowercased().prefix { $0 != "@" && $0 != "+" }.filter { !"._-".contains($0) }
    }

    /// Parts of the names of mailboxes that are not read: "messages-noreply".
    private static let unanswered = ["noreply", "donotreply", "noresponse", "mailerdaemon", "nepasrepondre"]

    private static let shared: Set<String> = [
        "admin", "administrator", "application", "applications", "apply", "bewerbung", "bewerbungen", "billing",
        "bounce", "bounces", "candidates", "career", "careers", "cv", "empleo", "enquiries", "enquiry", "feedback",
        "help", "helpdesk", "hiring", "hr", "info", "inquiries", "inquiry", "job", "jobs", "karriere", "marketing",
        "newsletter", "notification", "notifications", "people", "personal", "personalabteilung", "postmaster", "press",
        "reception", "recruiter", "recruiters", "recruiting", "recruitment", "resume", "resumes", "rh", "root", "sales",
        "secretary", "sekretariat", "service", "staff", "support", "talent", "team", "undisclosed", "webmaster",
    ]

    private static let open: Set<String> = [
        "contact", "contacto", "contato", "contatti", "hallo", "hello", "hi", "hola", "kontakt", "mail", "office",
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
