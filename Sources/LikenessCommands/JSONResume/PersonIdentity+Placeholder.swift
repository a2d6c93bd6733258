/// What templates and samples fill in where a person's own should stand: equal in the documents of many, so it names none of them.
extension PersonIdentity {
    /// Whether the text is that of a template. Addresses in domains reserved for examples name a person, unless they are what
    /// templates write there: documentation and tests have people there.
    var isPlaceholder: Bool {
        let text = self.text.lowercased()
        return switch self.kind {
        case .slug: Self.words.contains(text)
        case .canonical, .id, .url: Self.words.contains(text) || Self.isVersion(text) || Self.isAnyones(url: text)
        case .email: Self.isAnyones(email: text)
        }
    }

    private static let words: Set<String> = [
        "canonical", "cv", "example", "id", "main", "master", "null", "resume", "sample", "schema", "string",
        "template",
        "undefined", "uuid", "your-name",
    ]

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
        return Self.domains.contains(String(domain)) && Self.mailboxes.contains(mailbox.filter { !"._-+".contains($0) })
    }

    /// Where templates have their mailboxes.
    private static let domains: Set<String> = [
        "company.com", "domain.com", "email.com", "example.com", "example.net", "example.org", "gmail.com", "mail.com",
        "test.com", "yourdomain.com",
    ]

    private static let mailboxes: Set<String> = [
        "email", "example", "firstlast", "firstnamelastname", "jane", "janedoe", "jdoe", "john", "johndoe", "me",
        "name",
        "namesurname", "someone", "test", "user", "username", "you", "youremail", "yourname",
    ]
}
