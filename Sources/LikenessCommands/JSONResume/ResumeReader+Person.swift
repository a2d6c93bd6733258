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

    /// What the person is; {"title": "Dr"} says how to address someone.
    func headline() -> String {
        for person in self.persons {
            for name in ResumeVocabulary.label where person.has([name]) {
                guard case .string(let text)? = person.peek([name]), PersonName.isHonorific(text),
                    let taken = person.take([name])
                else { break }
                person.keep(taken, because: "is a form of address, and no title of a job: kept in attributes")
            }
        }
        return self.text(ResumeVocabulary.label, max: 1_000)
    }

    func takeName() -> String {
        // Beside basics there may be a name too.
        for person in self.persons + self.scopes {
            if let taken = person.take(ResumeVocabulary.name) {
                let name = self.wholeName(taken, in: person)
                if !Violations.isBlank(name) { return name }
            }
            let name = Self.joinedName(person)
            if !Violations.isBlank(name) { return name }
        }
        return ""
    }

    /// A name of one piece, or of parts: {"title": "Dr", "first": "Ada", "last": "Lovelace"} is no Dr.
    private func wholeName(_ taken: ResumeScope.Taken, in person: ResumeScope) -> String {
        if case .object(let members) = taken.value {
            let parts = ResumeScope(members, path: taken.path, log: self.log)
            let whole = parts.take(ResumeVocabulary.name + ["formatted", "full", "text", "value", "raw"])
            let text = whole?.value.plainText(separator: " ")?.text ?? ""
            let name = text.isEmpty ? Self.joinedName(parts) : text.trimmed().prefix(scalars: 500)
            if !name.isEmpty {
                person.keep(taken)
                return name
            }
        }
        guard let (text, rest) = taken.value.plainText(separator: " ") else {
            person.keep(taken)
            return ""
        }
        if let rest { person.keep(taken, rest) }
        return person.cut(text.trimmed(), to: 500, of: taken)
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

    /// The summary of the person, or else the one that stands beside: {"basics": …, "summary": …}.
    func takeSummary() -> String {
        let texts = ["content", "text", "body"]
        for scope in self.persons + self.scopes {
            let names = self.persons.contains { $0 === scope } ? ResumeVocabulary.summary : ["summary"]
            guard let name = names.first(where: { scope.has([$0]) }) else { continue }
            let text: String
            // {"name": "Summary", "content": …}: a heading is no summary.
            if case .object(let members)? = scope.peek([name]),
                members.contains(where: { texts.contains(ResumeScope.folded($0.name)) }), let inner = scope.open(name)
            {
                text = inner.text(texts, max: 20_000, separator: "\n")
            } else {
                text = scope.text(names, max: 20_000, separator: "\n")
            }
            if !text.isEmpty { return text }
        }
        return ""
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
        guard let name = names.first(where: { scope.has([$0]) && !ResumeVocabulary.places[0].contains($0) }) else {
            // {"city": "Ulm", "country": "Germany"} beside the name.
            return names.contains { scope.has([$0]) } ? Self.partsOfPlace(scope) : ""
        }
        if case .array(let items)? = scope.peek([name]),
            items.contains(where: { if case .object = $0 { true } else { false } }), let taken = scope.take([name])
        {
            return Self.places(items, taken, in: scope)
        }
        guard let inner = scope.open(name) else { return scope.text([name], max: 500, separator: "; ") }
        return Self.place(inner)
    }

    /// A list of places; what is none is kept.
    private static func places(_ items: [JSONNode], _ taken: ResumeScope.Taken, in scope: ResumeScope) -> String {
        var texts: [String] = []
        let left = items.enumerated().map { index, item -> JSONNode? in
            let path = "\(taken.path)[\(index)]"
            guard case .object(let members) = item else {
                guard let (text, rest) = item.plainText(separator: ", ") else { return item.saysNothing ? nil : item }
                texts.append(text)
                return rest
            }
            let inner = ResumeScope(members, path: path, log: scope.log)
            texts.append(Self.place(inner))
            return inner.leftover()
        }
        if left.contains(where: { $0 != nil }) { scope.keep(taken, .array(left.map { $0 ?? .object([]) })) }
        return scope.cut(texts.filter { !$0.isEmpty }.joined(separator: "; "), to: 500, of: taken)
    }

    private static func place(_ outer: ResumeScope) -> String {
        let places = ResumeVocabulary.places
        let whole = ["name", "label", "formatted", "formattedaddress", "raw", "text", "value", "default"]
        // {"Address": {"Contact": {"Municipality": …}}}, as Europass has it.
        let inner = outer.open("contact") ?? outer
        if inner.has(places[0]) || inner.has(places[1]) { return Self.partsOfPlace(inner) }
        if inner.has(whole) { return inner.text(whole, max: 500) }
        // Without a city the address is all that says where.
        guard inner.has(["address"]), let taken = inner.take(["address"]) else { return Self.partsOfPlace(inner) }
        guard let (text, rest) = taken.value.plainText(separator: ", ") else {
            inner.keep(taken, because: "expected a text, found \(taken.value.kind): not read, kept in attributes")
            return Self.partsOfPlace(inner)
        }
        if let rest { inner.keep(taken, rest) }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmed() } + [Self.partsOfPlace(inner)]
        return inner.cut(lines.filter { !$0.isEmpty }.joined(separator: ", "), to: 500, of: taken)
    }

    /// City, region, country and its code, as far as they are there and differ.
    private static func partsOfPlace(_ scope: ResumeScope) -> String {
        var parts: [String] = []
        for names in ResumeVocabulary.places {
            guard let name = names.first(where: { scope.has([$0]) }) else { continue }
            let text = scope.text([name], max: 100)
            if !text.isEmpty, !parts.contains(text) { parts.append(text) }
        }
        return parts.joined(separator: ", ")
    }
}
