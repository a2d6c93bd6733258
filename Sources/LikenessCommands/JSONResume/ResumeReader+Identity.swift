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
    private var emails: [String] { self.addresses.map(\.text) }

    /// The addresses with the paths where they stand.
    private var addresses: [(path: String, text: String)] {
        (self.persons + self.scopes).compactMap { scope in
            guard let (name, value) = scope.look(ResumeVocabulary.email) else { return nil }
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
            return (scope.path(of: name), word.trimmed(of: ".:/"))
        }
    }

    /// Says of an address that it is none of a person's own, where it would have been the key.
    func reportSharedAddress() {
        guard let (path, _) = self.addresses.first(where: { PersonIdentity.isShared(email: $0.text) }) else { return }
        self.log.warn(path, "a mailbox that many read: not used to find the person again, kept in attributes")
    }

    private var urls: [String] {
        (self.persons + self.scopes).compactMap { scope in
            guard case .string(let text)? = scope.peek(ResumeVocabulary.url) else { return nil }
            let url = text.trimmed()
            return url.contains(".") && !url.contains(where: \.isWhitespace) ? url : nil
        }
    }

    /// The e-mail addresses that what a profile keeps of its files has, one of each kind of file.
    static func emails(in profile: Profile) -> Set<PersonIdentity> {
        guard case .object(let members)? = try? JSONParser.parse(Array(profile.attributesJson.utf8)) else { return [] }
        return Set(
            members.compactMap { member in
                guard DocumentOrigin.members.contains(member.name), case .object(let document) = member.value else {
                    return nil
                }
                return Self(document, log: ResumeLog()).identity([.email])
            }
        )
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
            if let ids = ExternalIDList.read(taken.value) {
                let own = ids.filter { !PersonIdentity(.externalID, "\($0.system):\($0.id)").isPlaceholder }
                if own.count < ids.count {
                    meta.keep(taken, because: "has an id that stands for none: not read, kept in attributes")
                }
                return own
            }
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
