internal import LikenessMessages
internal import LikenessReflection

/// Name, texts and place of the person.
extension ResumeReader {
    func text(_ names: [String], max: Int, separator: String = ", ") -> String {
        for person in self.persons where person.has(names) {
            let text = person.text(names, max: max, separator: separator)
            if !text.isEmpty { return text }
        }
        return ""
    }

    func takeName() -> String {
        for person in self.persons {
            if let taken = person.take(ResumeVocabulary.name) {
                if let (text, rest) = taken.value.plainText(separator: " ") {
                    if let rest { person.keep(taken, rest) }
                    return person.cut(text, to: 500, of: taken)
                }
                // {"name": {"first": "Ada", "last": "Lovelace"}}
                person.keep(taken)
                if case .object(let members) = taken.value {
                    let parts = ResumeScope(members, path: taken.path, log: self.log)
                    let name = Self.joinedName(parts)
                    if !name.isEmpty { return name }
                }
            }
            let name = Self.joinedName(person)
            if !name.isEmpty { return name }
        }
        return ""
    }

    /// The parts of a name stay where they are too: which is which is not said by the whole.
    private static func joinedName(_ scope: ResumeScope) -> String {
        let parts = [ResumeVocabulary.givenName, ResumeVocabulary.middleName, ResumeVocabulary.familyName].map {
            names in
            guard let taken = scope.take(names) else { return "" }
            scope.keep(taken)
            return taken.value.plainText(separator: " ")?.text ?? ""
        }
        return parts.map { $0.trimmed() }.filter { !$0.isEmpty }.joined(separator: " ").prefix(scalars: 500)
    }

    func personLocation() -> String {
        for person in self.persons {
            let place = Self.place(ResumeVocabulary.location, in: person)
            if !place.isEmpty { return place }
        }
        return ""
    }

    /// A place as one text, from a text or from its parts.
    static func place(_ names: [String], in scope: ResumeScope) -> String {
        let places = ResumeVocabulary.places
        let whole = ["name", "label", "formatted", "formattedaddress", "raw", "text", "value", "default"]
        func joined(_ scope: ResumeScope) -> String {
            let parts = places.map { names in
                names.first { scope.has([$0]) }.map { scope.text([$0], max: 200) } ?? ""
            }
            return parts.filter { !$0.isEmpty }.joined(separator: ", ")
        }
        guard let name = names.first(where: { scope.has([$0]) && !places[0].contains($0) }) else {
            // {"city": "Ulm", "country": "Germany"} beside the name.
            return names.contains { scope.has([$0]) } ? joined(scope) : ""
        }
        guard let inner = scope.open(name) else { return scope.text([name], max: 500, separator: "; ") }
        let hasParts = inner.has(places[0]) || inner.has(places[1])
        let text = !hasParts && inner.has(whole) ? inner.text(whole, max: 500) : joined(inner)
        return text.isEmpty ? inner.text(["address"], max: 500) : text
    }
}
