/// What tells a person from all others, by a document's own words.
package struct PersonIdentity: Sendable, Hashable {
    /// Which part of a document it is.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        /// `meta.externalIds`: what other systems call the person.
        case externalID = "external-id"
        /// `meta.canonical` in the form of a slug.
        case slug
        /// `meta.canonical` in any other form, as a URL.
        case canonical
        /// An id of the system that the document comes from.
        case id
        case email
        /// The person's page, with the name: companies give theirs to many.
        case url

        /// In the order in which they count unless the caller says otherwise.
        package static let usual: [Kind] = [.externalID, .slug, .canonical, .id, .email, .url]
    }

    package let kind: Kind
    /// Normalised: equal texts are equal persons.
    package let text: String
    /// Also the name must be the same.
    private let needsName: Bool

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        switch kind {
        case .externalID, .slug, .id: self.text = text
        case .email: self.text = text.lowercased()
        case .canonical, .url: self.text = Self.normalized(url: text)
        }
        // The third row of a table is another person in the next table, and contact@ is everyone's in a firm.
        self.needsName =
            switch kind {
            case .url: true
            case .id: text.count < 12 && text.allSatisfy(\.isNumber)
            case .email: Self.isOpen(email: self.text)
            case .externalID, .slug, .canonical: false
            }
    }

    private init(_ kind: Kind, named text: String) {
        self.kind = kind
        self.text = text
        self.needsName = false
    }

    /// With the person's name where that belongs to it.
    func of(_ name: String) -> PersonIdentity {
        self.needsName ? PersonIdentity(self.kind, named: self.text + "\n" + name.lowercased().trimmed()) : self
    }

    /// For a person's eyes: the document's word, cut where it is long.
    package var shown: String {
        let line = self.text.prefix { $0 != "\n" }
        return line.count > 100 ? line.prefix(100) + "…" : String(line)
    }

    /// What `identity_id` is made of: SHA-256 of this. Changing it makes everyone imported before a stranger.
    package var seed: [UInt8] { Array("likeness person\n\(self.kind.rawValue)\n\(self.text)".utf8) }

    /// Without the differences that lead to the same page.
    static func normalized(url: String) -> String {
        var text = url[...]
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
            break
        }
        if text.lowercased().hasPrefix("www.") { text = text.dropFirst(4) }
        while text.last == "/" { text.removeLast() }
        let host = text.prefix { $0 != "/" }
        return host.lowercased() + text.dropFirst(host.count)
    }

    /// Whether a text has the form of a slug: lower-case letters and digits with single hyphens between.
    package static func isSlug(_ text: String) -> Bool {
        guard (1...200).contains(text.utf8.count) else { return false }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) }
        }
    }
}
