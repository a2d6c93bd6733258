internal import LikenessMessages
internal import LikenessReflection

/// Who the person is.
extension ResumeReader {
    func identity(_ match: [PersonIdentity.Kind]) -> PersonIdentity? {
        for kind in match {
            switch kind {
            case .slug:
                if let slug = self.canonical, PersonIdentity.isSlug(slug) { return .init(.slug, slug) }
            case .canonical:
                if let text = self.canonical, !PersonIdentity.isSlug(text) { return .init(.canonical, text) }
            case .id:
                let metas = self.scopes.compactMap { $0.open("meta") }
                for scope in self.scopes + self.persons + metas {
                    guard let value = scope.peek(ResumeVocabulary.externalID) else { continue }
                    let text =
                        value.plainText(separator: " ")?.text
                        ?? value.member("$oid", "idvalue")?.plainText(separator: " ")?.text
                    if let text = text?.trimmed(), !text.isEmpty { return .init(.id, text) }
                }
            case .email:
                for scope in self.persons + self.scopes {
                    guard let value = scope.peek(ResumeVocabulary.email) else { continue }
                    var first = value
                    if case .array(let items) = value, let item = items.first(where: { !$0.saysNothing }) {
                        first = item
                    }
                    let text =
                        first.plainText(separator: " ")?.text
                        ?? first.member("email address", "emailaddress", "email", "address", "contact")?.plainText(
                            separator: " "
                        )?.text
                    guard var text = text?.trimmed(), text.contains("@"), !text.contains(where: \.isWhitespace) else {
                        continue
                    }
                    if text.lowercased().hasPrefix("mailto:") { text.removeFirst("mailto:".count) }
                    return .init(.email, text)
                }
            case .url:
                for scope in self.persons + self.scopes {
                    guard case .string(let text)? = scope.peek(ResumeVocabulary.url) else { continue }
                    let url = text.trimmed()
                    if url.contains("."), !url.contains(where: \.isWhitespace) { return .init(.url, url) }
                }
            }
        }
        return nil
    }

    private var canonical: String? {
        for scope in self.scopes {
            guard case .string(let text)? = scope.open("meta")?.peek(ResumeVocabulary.canonical) else { continue }
            return text.trimmed()
        }
        return nil
    }

    func takeSlug() -> String {
        for scope in self.scopes {
            guard let taken = scope.open("meta")?.take(ResumeVocabulary.canonical) else { continue }
            return taken.value.plainText(separator: "")?.text.trimmed() ?? ""
        }
        return ""
    }
}
