package import LikenessMessages
package import LikenessReflection

/// What one document gave.
package struct ReadResume: Sendable {
    package let profile: Profile
    /// What tells this person from others; `nil` when the document says nothing that counts.
    package let identity: PersonIdentity?
    package let warnings: [ResumeWarning]
}

/// Reads a résumé: JSON Resume 1.0 and earlier, and what else names its parts as `ResumeVocabulary` knows them.
///
/// `work`, `volunteer`, `education`, `projects`, `awards`, `publications` and `certificates` become experiences;
/// `skills` and `languages` become skills. All that has no field of its own, or no meaning where it stands, is kept in
/// `attributes_json` under `json_resume`, at its place in the document; what is neither read nor known to have no field is
/// reported. So a part is read, or said.
///
/// - SeeAlso: The JSON Resume schema, version 1.0.0.
package struct ResumeReader {
    private let log: ResumeLog
    private let root: ResumeScope
    /// Where the lists are looked for: the document and what wraps them in it.
    private var scopes: [ResumeScope]
    /// Where the person is looked for.
    private var persons: [ResumeScope] = []
    private var profile = Profile()

    private static let experiencesMax = 500
    private static let skillsMax = 500
    /// What the contract allows for `attributes_json`.
    private static let attributesBytesMax = 262_144

    /// - Parameter match: Which identities count, the first before the next.
    package static func read(
        _ document: JSONNode,
        match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual
    ) throws(JSONResumeError) -> ReadResume {
        let log = ResumeLog()
        let checked = try Self.checked(document, path: "", log: log)
        guard case .object(let members) = checked else { throw .notAnObject(found: document.description) }
        var reader = Self(members, log: log)
        return try reader.read(match)
    }

    /// Whether a document is about a person, and no list of them.
    static func namesPerson(_ members: [JSONNode.Member]) -> Bool {
        let reader = Self(members, log: ResumeLog())
        return !reader.takeName().isEmpty
    }

    private init(_ members: [JSONNode.Member], log: ResumeLog) {
        self.root = ResumeScope(members, path: "", log: log)
        self.scopes = [self.root]
        self.log = log
        var index = 0
        // Wrappers may be wrapped: {"data": {"resume": {…}}}.
        while index < self.scopes.count, self.scopes.count < 8 {
            let scope = self.scopes[index]
            if scope.open("basics") == nil {
                for name in ResumeVocabulary.wrappers {
                    if let inner = scope.open(name), !self.scopes.contains(where: { $0 === inner }) {
                        self.scopes.append(inner)
                    }
                }
            }
            index += 1
        }
        if let basics = self.scopes.lazy.compactMap({ $0.open("basics") }).first {
            self.persons = [basics]
        } else {
            for scope in self.scopes {
                for name in ResumeVocabulary.persons {
                    if let inner = scope.open(name), !self.persons.contains(where: { $0 === inner }) {
                        self.persons.append(inner)
                    }
                }
            }
            for scope in self.scopes where !self.persons.contains(where: { $0 === scope }) {
                self.persons.append(scope)
            }
        }
    }

    private mutating func read(_ match: [PersonIdentity.Kind]) throws(JSONResumeError) -> ReadResume {
        let identity = self.identity(match)
        self.profile.displayName = self.takeName()
        guard !self.profile.displayName.isEmpty else { throw .noName }
        if identity?.kind == .slug { self.profile.slug = self.takeSlug() }
        // Lists first: in a flat document `experience` and `summary` stand beside each other.
        for section in JSONResumeSection.all { self.readSection(section) }
        self.readSkills()
        self.readLanguages()
        self.profile.headline = self.text(ResumeVocabulary.label, max: 1_000)
        self.profile.summary = self.text(ResumeVocabulary.summary, max: 20_000, separator: "\n")
        self.profile.location = self.personLocation()
        self.profile.attributesJson = try self.attributes()
        return ReadResume(
            profile: self.profile,
            identity: identity?.of(self.profile.displayName),
            warnings: self.log.all
        )
    }

    // MARK: The document

    /// The document without what breaks the store or would vanish in it: a NUL ends it, a name that occurs twice in an
    /// object gets a number.
    private static func checked(_ node: JSONNode, path: String, log: ResumeLog) throws(JSONResumeError) -> JSONNode {
        switch node {
        case .null, .bool, .number: return node
        case .string(let text):
            if text.utf8.contains(0) { throw .nul(path: path) }
            return node
        case .array(let items):
            var checked: [JSONNode] = []
            for (index, item) in items.enumerated() {
                checked.append(try Self.checked(item, path: "\(path)[\(index)]", log: log))
            }
            return .array(checked)
        case .object(let members):
            var names: Set<String> = []
            var checked: [JSONNode.Member] = []
            for member in members {
                let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
                if member.name.utf8.contains(0) { throw .nul(path: inner) }
                var name = member.name
                if names.contains(name) {
                    log.warn(inner, "occurs more than once: kept in attributes under another name")
                    var number = 2
                    while names.contains("\(member.name) (\(number))") { number += 1 }
                    name = "\(member.name) (\(number))"
                }
                names.insert(name)
                checked.append(.init(name, try Self.checked(member.value, path: inner, log: log)))
            }
            return .object(checked)
        }
    }

    /// What was not taken, as `attributes_json`.
    private func attributes() throws(JSONResumeError) -> String {
        guard let kept = self.root.leftover() else { return "" }
        let text = JSONNode.object([.init("json_resume", kept)]).text()
        guard text.utf8.count > Self.attributesBytesMax else { return text }
        let lighter = Self.withoutPictures(kept, path: "", log: self.log)
        let rest = JSONNode.object([.init("json_resume", lighter)]).text()
        guard rest.utf8.count > Self.attributesBytesMax else { return rest }
        var largest = (path: "", byteCount: 0)
        if case .object(let members) = lighter {
            for member in members {
                let count = member.value.text().utf8.count
                if count > largest.byteCount { largest = (member.name, count) }
            }
        }
        throw .tooLarge(path: largest.path, byteCount: largest.byteCount, byteCountMax: Self.attributesBytesMax)
    }

    /// Without the files that some programs put into a document as `data:` URLs.
    private static func withoutPictures(_ node: JSONNode, path: String, log: ResumeLog) -> JSONNode {
        switch node {
        case .string(let text) where text.utf8.count > 1_024 && text.hasPrefix("data:"):
            log.warn(path, "not stored: a file of \(text.utf8.count) bytes, more than attributes can hold")
            return .null
        case .array(let items):
            return .array(
                items.enumerated().map { Self.withoutPictures($1, path: "\(path)[\($0)]", log: log) }
            )
        case .object(let members):
            return .object(
                members.map {
                    let inner = path.isEmpty ? $0.name : "\(path).\($0.name)"
                    return .init($0.name, Self.withoutPictures($0.value, path: inner, log: log))
                }
            )
        default: return node
        }
    }

    // MARK: The person

    private func text(_ names: [String], max: Int, separator: String = ", ") -> String {
        for person in self.persons where person.has(names) {
            let text = person.text(names, max: max, separator: separator)
            if !text.isEmpty { return text }
        }
        return ""
    }

    private func takeName() -> String {
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

    private func personLocation() -> String {
        for person in self.persons {
            let place = Self.place(ResumeVocabulary.location, in: person)
            if !place.isEmpty { return place }
        }
        return ""
    }

    /// A place as one text, from a text or from its parts.
    private static func place(_ names: [String], in scope: ResumeScope) -> String {
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

    // MARK: Who the person is

    private func identity(_ match: [PersonIdentity.Kind]) -> PersonIdentity? {
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

    private func takeSlug() -> String {
        for scope in self.scopes {
            guard let taken = scope.open("meta")?.take(ResumeVocabulary.canonical) else { continue }
            return taken.value.plainText(separator: "")?.text.trimmed() ?? ""
        }
        return ""
    }

    // MARK: The lists

    /// Takes the items of the first list of these names: of a list, an object that holds one, one object, or a text.
    ///
    /// - Parameter body: Reads one item; what it returns is kept, at the item's place.
    private func items(
        _ names: [String],
        _ body: (_ item: JSONNode, _ path: String) -> JSONNode?
    ) {
        for scope in self.scopes {
            while let taken = scope.take(names) {
                if let left = self.items(of: taken.value, path: taken.path, depth: 0, body) { scope.keep(taken, left) }
            }
        }
    }

    private func items(
        of value: JSONNode,
        path: String,
        depth: Int,
        _ body: (_ item: JSONNode, _ path: String) -> JSONNode?
    ) -> JSONNode? {
        switch value {
        case .array(let items):
            let left = items.enumerated().map { index, item in
                item.saysNothing ? nil : body(item, "\(path)[\(index)]")
            }
            return left.contains { $0 != nil } ? .array(left.map { $0 ?? .object([]) }) : nil
        case .object(var members) where depth < 3:
            if let index = members.firstIndex(where: { member in
                guard case .array(let items) = member.value else { return false }
                return ResumeVocabulary.lists.contains(member.name.lowercased().filter { $0.isLetter })
                    && items.contains { if case .object = $0 { true } else { false } }
            }) {
                let member = members.remove(at: index)
                let left = self.items(of: member.value, path: "\(path).\(member.name)", depth: depth + 1, body)
                for other in members where !other.value.saysNothing {
                    self.log.warn("\(path).\(other.name)", "not read: kept in attributes")
                }
                if let left { members.append(.init(member.name, left)) }
                return members.isEmpty ? nil : .object(members)
            }
            let areItems =
                members.count > 0
                && members.allSatisfy { member in
                    if case .object = member.value { true } else { false }
                }
            if areItems,
                !members.contains(where: { ["position", "company", "organization"].contains($0.name.lowercased()) })
            {
                // {"acme": {"position": …}, "initech": {…}}
                let left = members.map { JSONNode.Member($0.name, body($0.value, "\(path).\($0.name)") ?? .object([])) }
                return .object(left)
            }
            return body(value, path)
        default: return body(value, path)
        }
    }

    private mutating func readSection(_ section: JSONResumeSection) {
        var read: [Experience] = []
        let free = Self.experiencesMax - self.profile.experiences.count
        self.items(section.names) { item, path in
            guard read.count < free else {
                self.log.warn(path, "more than \(Self.experiencesMax) experiences: not searched, kept in attributes")
                return item
            }
            switch item {
            case .string(let text):
                var experience = Experience(category: section.category)
                if text.unicodeScalars.count <= 500, !text.contains("\n") {
                    experience.title = text
                } else {
                    experience.description = text.prefix(scalars: 20_000)
                }
                read.append(experience)
                return experience.description == text || experience.title == text ? nil : item
            case .object(let members):
                let scope = ResumeScope(members, path: path, log: self.log)
                return self.readEmployer(section, scope, free: free, into: &read) ?? scope.leftover()
            default:
                self.log.warn(path, "expected an object, found \(item.description): not read, kept in attributes")
                return item
            }
        }
        self.profile.experiences += read
    }

    /// One item, or the positions within it: {"company": "Acme", "positions": [{"title": …}, …]}.
    ///
    /// - Returns: What is left; `nil` for what the scope has left.
    private func readEmployer(
        _ section: JSONResumeSection,
        _ scope: ResumeScope,
        free: Int,
        into read: inout [Experience]
    ) -> JSONNode? {
        let positions = ["positionhistory", "positions"]
        guard section.category == .work, let taken = scope.take(positions) else {
            let experience = Self.experience(section, scope)
            if experience == Experience(category: section.category) {
                self.log.warn(scope.path, "nothing that can be read: kept in attributes")
            } else {
                read.append(experience)
            }
            return nil
        }
        let outer = Self.experience(section, scope)
        var inner: [Experience] = []
        let left = self.items(of: taken.value, path: taken.path, depth: 0) { item, path in
            guard case .object(let members) = item, read.count + inner.count < free else {
                self.log.warn(path, "not read: kept in attributes")
                return item
            }
            let position = ResumeScope(members, path: path, log: self.log)
            var experience = Self.experience(section, position)
            if experience.organization.isEmpty { experience.organization = outer.organization }
            if experience.location.isEmpty { experience.location = outer.location }
            inner.append(experience)
            return position.leftover()
        }
        if let left { scope.keep(taken, left) }
        // What was said of the employer alone is an experience of its own.
        var alone = outer
        alone.organization = ""
        alone.location = ""
        if inner.isEmpty || alone != Experience(category: section.category) { read.append(outer) }
        read += inner
        return nil
    }

    private static func experience(_ section: JSONResumeSection, _ scope: ResumeScope) -> Experience {
        var experience = Experience(category: section.category)
        Self.readDates(section, scope, into: &experience)
        experience.title = scope.text(section.title, max: 500)
        experience.organization = scope.text(section.organization, max: 500)
        if !section.location.isEmpty { experience.location = Self.place(section.location, in: scope) }
        experience.highlights = scope.texts(section.highlights, countMax: 100, max: 2_000, separators: ["\n", "\r\n"])
        var descriptions: [String] = []
        while let name = section.description.first(where: { scope.has([$0]) }) {
            let text = scope.text([name], max: 20_000, separator: "\n")
            if !text.isEmpty, !descriptions.contains(text) { descriptions.append(text) }
        }
        if experience.title.isEmpty, section.category == .education, let degree = descriptions.first,
            degree.unicodeScalars.count <= 500
        {
            experience.title = degree
            descriptions.removeFirst()
        }
        experience.description = descriptions.joined(separator: "\n").prefix(scalars: 20_000)
        return experience
    }

    // MARK: Dates

    private static func readDates(_ section: JSONResumeSection, _ scope: ResumeScope, into experience: inout Experience)
    {
        guard section.hasStart else {
            experience.endDate = Self.date(section.date, in: scope, mayBeOngoing: false)
            return
        }
        experience.startDate = Self.date(ResumeVocabulary.start, in: scope, mayBeOngoing: false)
        experience.endDate = Self.date(ResumeVocabulary.end, in: scope, mayBeOngoing: true)
        guard experience.startDate == nil, experience.endDate == nil, let taken = scope.take(ResumeVocabulary.range)
        else {
            return
        }
        switch taken.value {
        case .object(let members):
            // {"period": {"from": …, "to": …}}
            let inner = ResumeScope(members, path: taken.path, log: scope.log)
            experience.startDate = Self.date(ResumeVocabulary.start, in: inner, mayBeOngoing: false)
            experience.endDate = Self.date(ResumeVocabulary.end, in: inner, mayBeOngoing: true)
            if let left = inner.leftover() { scope.keep(taken, left) }
        case .string(let text):
            if let range = ResumeDate.range(text) {
                // The text is kept: where it stood it said both.
                scope.keep(taken)
                if case .date(let date, _)? = range.start { experience.startDate = date }
                if case .date(let date, _)? = range.end { experience.endDate = date }
            } else {
                experience.endDate = Self.date(taken, in: scope, mayBeOngoing: true)
            }
        default: experience.endDate = Self.date(taken, in: scope, mayBeOngoing: true)
        }
    }

    private static func date(_ names: [String], in scope: ResumeScope, mayBeOngoing: Bool) -> PartialDate? {
        guard let taken = scope.take(names) else { return nil }
        return Self.date(taken, in: scope, mayBeOngoing: mayBeOngoing)
    }

    /// Reads a date that was taken; what it does not say wholly is kept as it was written.
    private static func date(_ taken: ResumeScope.Taken, in scope: ResumeScope, mayBeOngoing: Bool) -> PartialDate? {
        if let parts = Self.dateParts(taken.value) { return parts }
        var value = taken.value
        while let inner = value.member(
            "$date",
            "iso",
            "value",
            "text",
            "date",
            "year",
            "yearmonth",
            "anydate",
            "stringdate",
            "#text"
        ) {
            value = inner
        }
        guard let (text, _) = value.plainText(separator: " ") else {
            scope.keep(
                taken,
                because: "expected a date, found \(taken.value.description): not read, kept in attributes"
            )
            return nil
        }
        switch ResumeDate(text) {
        case .date(let date, let isExact):
            if !isExact {
                let isInstant =
                    text.utf8.count > 10 && (PartialDate(iso8601: String(text.prefix(10))) != nil || Int64(text) != nil)
                scope.keep(taken, because: isInstant ? nil : "read as \(date.iso8601): the text is kept in attributes")
            } else if value != taken.value {
                scope.keep(taken)
            }
            return date
        case .ongoing where mayBeOngoing:
            scope.keep(taken)
            return nil
        case .ongoing, nil:
            scope.keep(taken, because: "not a date: not read, kept in attributes")
            return nil
        }
    }

    /// {"year": 2015, "month": 3}, as LinkedIn's interfaces write it.
    private static func dateParts(_ value: JSONNode) -> PartialDate? {
        guard case .object(let members) = value else { return nil }
        var parts: [String: Int32] = ["month": 0, "day": 0]
        for member in members where !member.value.saysNothing {
            let name = member.name.lowercased()
            guard ["year", "month", "day"].contains(name), let text = member.value.plainText(separator: "")?.text,
                let number = Int32(text.drop { $0 == "-" })
            else { return nil }
            parts[name] = number
        }
        guard let year = parts["year"], let month = parts["month"], let day = parts["day"] else { return nil }
        return PartialDate(checking: year, month, day)
    }

    // MARK: Skills

    private mutating func readSkills() {
        let names = [
            "skills", "skill", "technologies", "techstack", "competencies", "expertise", "technicalskills",
            "knowsabout", "coreskills", "skillset",
        ]
        var read: [Skill] = []
        self.items(names) { item, path in
            switch item {
            case .string(let text):
                // A text by itself is a list of them; an item of a list is one.
                let isAlone = path.last != "]"
                let parts = isAlone ? text.split { ",;|•\n".contains($0) }.map { $0.trimmed() } : [text.trimmed()]
                let good = parts.filter { !$0.isEmpty }
                guard good.allSatisfy({ $0.unicodeScalars.count <= 300 }), read.count + good.count <= Self.skillsMax
                else {
                    self.log.warn(path, "not the names of skills: not read, kept in attributes")
                    return item
                }
                read += good.map { Skill(name: $0) }
                return nil
            case .object(let members):
                // {"languages": ["Swift"], "tools": ["git"]}: each is a group.
                let groups = members.filter { if case .array = $0.value { true } else { false } }
                let isGroups =
                    path.last != "]" && groups.count == members.count
                    && !groups.contains { ["keywords", "items", "values"].contains($0.name.lowercased()) }
                if isGroups { return self.readGroups(members, path: path, into: &read) }
                return self.readSkill(members, path: path, into: &read)
            default:
                self.log.warn(path, "expected an object, found \(item.description): not read, kept in attributes")
                return item
            }
        }
        self.profile.skills += read
    }

    private func readGroups(_ members: [JSONNode.Member], path: String, into read: inout [Skill]) -> JSONNode? {
        var left: [JSONNode.Member] = []
        for member in members {
            let scope = ResumeScope([.init("keywords", member.value)], path: "\(path).\(member.name)", log: self.log)
            guard read.count < Self.skillsMax, member.name.unicodeScalars.count <= 300 else {
                left.append(member)
                continue
            }
            var skill = Skill(name: member.name)
            skill.keywords = scope.texts(["keywords"], countMax: 100, max: 200, separators: [","])
            read.append(skill)
            if case .object(let kept)? = scope.leftover() { left.append(.init(member.name, kept[0].value)) }
        }
        return left.isEmpty ? nil : .object(left)
    }

    private func readSkill(_ members: [JSONNode.Member], path: String, into read: inout [Skill]) -> JSONNode? {
        guard read.count < Self.skillsMax else {
            self.log.warn(path, "more than \(Self.skillsMax) skills: not searched, kept in attributes")
            return .object(members)
        }
        let scope = ResumeScope(members, path: path, log: self.log)
        var skill = Skill()
        skill.name = scope.text(
            ["name", "skill", "skillname", "title", "label", "category", "group", "type"],
            max: 300
        )
        skill.level = scope.text(["level", "proficiency", "rating", "fluency"], max: 100)
        skill.keywords = scope.texts(
            ["keywords", "skills", "items", "tags", "list", "details", "technologies"],
            countMax: 100,
            max: 200,
            separators: [",", ";", "|", "•", "\n"]
        )
        if skill.name.isEmpty, skill.keywords.isEmpty {
            self.log.warn(path, "names no skill: kept in attributes")
        } else {
            read.append(skill)
        }
        return scope.leftover()
    }

    private mutating func readLanguages() {
        var read: [Skill] = []
        let free = Self.skillsMax - self.profile.skills.count
        self.items(["languages", "language", "spokenlanguages", "languageskills", "knowslanguage"]) { item, path in
            guard read.count < free else { return item }
            switch item {
            case .string(let text):
                let parts =
                    path.last != "]" ? text.split { ",;|\n".contains($0) }.map { $0.trimmed() } : [text.trimmed()]
                guard parts.allSatisfy({ $0.unicodeScalars.count <= 300 }), parts.count <= free else { return item }
                read += parts.filter { !$0.isEmpty }.map { Skill(name: $0, category: "language") }
                return nil
            case .object(let members):
                let scope = ResumeScope(members, path: path, log: self.log)
                var skill = Skill(category: "language")
                skill.name = scope.text(["language", "name", "title"], max: 300)
                skill.level = scope.text(["fluency", "level", "proficiency", "proficiencylevel"], max: 100)
                if skill.name.isEmpty {
                    self.log.warn(path, "names no language: kept in attributes")
                } else {
                    read.append(skill)
                }
                return scope.leftover()
            default:
                self.log.warn(path, "expected an object, found \(item.description): not read, kept in attributes")
                return item
            }
        }
        self.profile.skills += read
    }
}
