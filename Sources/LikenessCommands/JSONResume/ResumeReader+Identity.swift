internal import LikenessMessages
internal import LikenessReflection

/// Who the person is.
extension ResumeReader {
    /// The first that the document has and no template does.
    func identity(_ match: [PersonIdentity.Kind]) -> PersonIdentity? {
        for kind in match {
            let texts =
                switch kind {
                case .externalID: self.externalIDs.map { "\($0.system):\($0.id)" }
                case .slug: self.canonical.map { PersonIdentity.isSlug($0) ? [$0] : [] } ?? []
                case .canonical: self.canonical.map { PersonIdentity.isSlug($0) ? [] : [$0] } ?? []
                case .id: self.ids
                case .email: self.emails
                case .url: self.urls
                }
            let identities = texts.lazy.map { PersonIdentity(kind, $0) }
            if let identity = identities.first(where: { !$0.isPlaceholder }) { return identity }
        }
        return nil
    }

    private var ids: [String] {
        let metas = self.scopes.compactMap { $0.open("meta") }
        return (self.scopes + self.persons + metas).compactMap { scope in
            guard let value = scope.peek(ResumeVocabulary.externalID) else { return nil }
            let text =
                value.plainText(separator: " ")?.text
                ?? value.member("$oid", "idvalue")?.plainText(separator: " ")?.text
            return text?.trimmed()
        }.filter { !$0.isEmpty }
    }

    /// The person's addresses, at most one of each part of the document.
    private var emails: [String] {
        (self.persons + self.scopes).compactMap { scope in
            guard let value = scope.peek(ResumeVocabulary.email) else { return nil }
            var first = value
            if case .array(let items) = value, let item = items.first(where: { !$0.saysNothing }) { first = item }
            let text =
                first.plainText(separator: " ")?.text
                ?? first.member("email address", "emailaddress", "email", "address", "contact")?.plainText(
                    separator: " "
                )?.text
            // "Ada <ada@x.example>", "a@x.example; b@x.example": the first address.
            let words = (text ?? "").split { $0.isWhitespace || ",;|<>()\"".contains($0) }
            guard var word = words.first(where: { $0.dropFirst().dropLast().contains("@") }) else { return nil }
            if word.lowercased().hasPrefix("mailto:") { word = word.dropFirst("mailto:".count) }
            return word.trimmed(of: ".:/")
        }
    }

    private var urls: [String] {
        (self.persons + self.scopes).compactMap { scope in
            guard case .string(let text)? = scope.peek(ResumeVocabulary.url) else { return nil }
            let url = text.trimmed()
            return url.contains(".") && !url.contains(where: \.isWhitespace) ? url : nil
        }
    }

    /// The e-mail address that what a profile keeps of its document has.
    static func email(in profile: Profile) -> PersonIdentity? {
        guard case .object(let members)? = try? JSONParser.parse(Array(profile.attributesJson.utf8)),
            case .object(let document)? = members.first(where: { $0.name == Self.attributesMember })?.value
        else { return nil }
        return Self(document, log: ResumeLog()).identity([.email])
    }

    private var canonical: String? {
        for scope in self.scopes {
            guard case .string(let text)? = scope.open("meta")?.peek(ResumeVocabulary.canonical) else { continue }
            return text.trimmed()
        }
        return nil
    }

    /// What other systems call the person; none where a part of it is something else.
    private var externalIDs: [ExternalId] {
        for scope in self.scopes {
            guard let value = scope.open("meta")?.peek(ResumeVocabulary.externalIDs) else { continue }
            return ExternalIDList.read(value) ?? []
        }
        return []
    }

    /// The same, taken out of the document. What is no list of external ids is kept.
    func takeExternalIDs() -> [ExternalId] {
        for scope in self.scopes {
            guard let meta = scope.open("meta"), let taken = meta.take(ResumeVocabulary.externalIDs) else { continue }
            if let ids = ExternalIDList.read(taken.value) { return ids }
            meta.keep(taken, because: "is no list of systems and ids: not read, kept in attributes")
        }
        return []
    }

    func takeSlug() -> String {
        for scope in self.scopes {
            guard let taken = scope.open("meta")?.take(ResumeVocabulary.canonical) else { continue }
            return taken.value.plainText(separator: "")?.text.trimmed() ?? ""
        }
        return ""
    }
}
