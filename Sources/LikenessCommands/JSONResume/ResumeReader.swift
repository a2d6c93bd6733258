package import LikenessMessages
package import LikenessReflection

/// What one document gave.
package struct ReadResume: Sendable {
    package var profile: Profile
    /// What tells this person from others; `nil` when the document says nothing that counts.
    package let identity: PersonIdentity?
    package var warnings: [ResumeWarning]
    /// Of the profile's attributes the file's own.
    package let attributesMember: String
    /// What files of this kind have no place for, or this one no column: it stays as it is stored.
    package var unsaid: Set<ProfilePart> = []
    /// Whether the experiences are some of the person's, and not all: they are added to those that are stored.
    package var addsExperiences = false
    /// Of a profile as the service has it.
    var exported: ExportedProfile?
    /// Of fields of the profile what they are called in the file, where that has another name for them.
    package var titles: [String: String] = [:]

    /// Where in the file a field stands that breaks a rule of the contract.
    ///
    /// - Parameter field: As in `tags[2]`.
    package func place(of field: String) -> String {
        self.titles[String(field.prefix { !".[".contains($0) })].map { "column \"\($0)\"" } ?? field
    }
}

/// Reads a résumé: JSON Resume 1.0 and earlier, and what else names its parts as `ResumeVocabulary` knows them.
///
/// `work`, `volunteer`, `education`, `projects`, `awards`, `publications` and `certificates` become experiences;
/// `skills` and `languages` become skills. All that has no field of its own, or no meaning where it stands, is kept in
/// `attributes_json` under `json_resume`, at its place in the document; what is neither read nor known to have no field is
/// reported. So a part is read, or said. Texts with HTML become plain, those in attributes too.
///
/// - SeeAlso: The JSON Resume schema, version 1.0.0.
package struct ResumeReader {
    let log: ResumeLog
    let origin: DocumentOrigin
    let root: ResumeScope
    /// Where the lists are looked for: the document and what wraps them in it.
    var scopes: [ResumeScope]
    /// Where the person is looked for.
    var persons: [ResumeScope] = []
    var profile = Profile()

    static let experiencesMax = 500
    static let skillsMax = 500
    /// What the contract allows for `attributes_json`.
    static let attributesBytesMax = 262_144

    /// - Parameter match: Which identities count, the first before the next.
    package static func read(
        _ document: JSONNode,
        match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual,
        origin: DocumentOrigin = .jsonResume
    ) throws(JSONResumeError) -> ReadResume {
        let log = ResumeLog(silent: origin.silent)
        let checked = try Self.checked(document, path: "", log: log)
        guard case .object(let members) = checked else { throw .notAnObject(found: document.kind) }
        if let kind = DocumentKind.ofOther(members) { throw .anotherDocument(kind) }
        var reader = Self(members, log: log, origin: origin)
        return try reader.read(match)
    }

    /// Whether a document is about a person, with or without a name, and is no list of them.
    static func isAboutPerson(_ members: [JSONNode.Member]) -> Bool {
        let reader = Self(members, log: ResumeLog())
        return reader.root.hasMember(["basics", "work", "workexperience", "experience", "experiences", "education"])
            || !reader.takeName().isEmpty
    }

    init(_ members: [JSONNode.Member], log: ResumeLog, origin: DocumentOrigin = .jsonResume) {
        self.origin = origin
        self.root = ResumeScope(members, path: "", log: log)
        self.scopes = [self.root]
        self.log = log
        var index = 0
        // Wrappers may be wrapped: {"data": {"resume": {…}}}.
        while index < self.scopes.count, self.scopes.count < 8 {
            let scope = self.scopes[index]
            // Beside basics other names are other things.
            let names = scope.open("basics") == nil ? ResumeVocabulary.wrappers : scope.sections
            for name in names {
                if let inner = scope.open(name), !self.scopes.contains(where: { $0 === inner }) {
                    self.scopes.append(inner)
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
            for person in self.persons {
                for name in ResumeVocabulary.contacts {
                    if let inner = person.open(name), !self.persons.contains(where: { $0 === inner }) {
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
        if identity == nil, match.contains(.email) { self.reportSharedAddress() }
        let saysWho = self.saysWho
        self.profile.displayName = self.takeName()
        guard !self.profile.displayName.isEmpty else { throw .noName }
        // Beside an external id the slug is no key, and the person's all the same.
        let hasSlug = identity?.kind == .externalID && match.contains(.slug) && self.identity([.slug]) != nil
        if hasSlug || identity?.kind == .slug { self.profile.slug = self.takeSlug() }
        if match.contains(.externalID) { self.profile.externalIds = self.takeExternalIDs() }
        // Lists first: in a flat document `experience` and `summary` stand beside each other.
        for section in JSONResumeSection.all { self.readSection(section) }
        self.readSkills()
        self.readLanguages()
        self.profile.headline = self.headline()
        self.profile.summary = self.takeSummary()
        self.profile.location = self.personLocation()
        if identity == nil, !saysWho { try self.refuseWithoutPerson() }
        self.profile.attributesJson = try self.attributes()
        return ReadResume(
            profile: self.profile,
            identity: identity?.of(self.profile.displayName),
            warnings: self.log.all,
            attributesMember: self.origin.attributesMember
        )
    }

    /// Whether the document says of itself that it is about a person: by a part with that name, by more than "name" or a
    /// "description", which anything has.
    private var saysWho: Bool {
        self.scopes.count > 1 || !self.persons.allSatisfy { $0 === self.root } || !self.root.has(["name"])
            || self.root.has(ResumeVocabulary.summary.filter { $0 != "description" })
            || JSONResumeSection.all.contains { self.root.hasMember($0.names) }
    }

    /// - Throws: `.nothingButName` where nothing was read but a name, and what there is besides has no place in a résumé.
    private func refuseWithoutPerson() throws(JSONResumeError) {
        let profile = self.profile
        guard profile.experiences.isEmpty, profile.skills.isEmpty, profile.headline.isEmpty, profile.location.isEmpty,
            let names = self.root.onlyStrangers
        else { return }
        throw .nothingButName(beside: names)
    }

    // MARK: Lists

    /// Takes the items of the first list of these names: of a list, an object that holds one, one object, or a text.
    ///
    /// - Parameter body: Reads one item; what it returns is kept, at the item's place.
    func items(
        _ names: [String],
        _ body: (_ item: JSONNode, _ path: String) -> JSONNode?
    ) {
        for scope in self.scopes {
            while let taken = scope.take(names) {
                if let left = self.items(of: taken.value, path: taken.path, depth: 0, body) { scope.keep(taken, left) }
            }
        }
    }

    func items(
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
            let hasHeadingOnly = members.allSatisfy { $0.value.saysNothing || ResumeVocabulary.isOfHeading($0.name) }
            let isList = { (member: JSONNode.Member) in
                guard case .array(let items) = member.value,
                    ResumeVocabulary.lists.contains(ResumeScope.folded(member.name))
                else { return false }
                // {"name": "Awards", "items": []} is no award.
                return items.isEmpty ? hasHeadingOnly : items.contains { if case .object = $0 { true } else { false } }
            }
            let lists = members.filter(isList)
            if !lists.isEmpty {
                members.removeAll(where: isList)
                for other in members where !other.value.saysNothing && !ResumeVocabulary.isOfHeading(other.name) {
                    self.log.warn("\(path).\(other.name)", "not read: kept in attributes")
                }
                for list in lists {
                    let left = self.items(of: list.value, path: "\(path).\(list.name)", depth: depth + 1, body)
                    if let left { members.append(.init(list.name, left)) }
                }
                return members.isEmpty ? nil : .object(members)
            }
            let areItems =
                members.count > 0
                && members.allSatisfy { member in
                    if case .object = member.value { true } else { false }
                }
            if areItems, !members.contains(where: { ResumeVocabulary.ofOneItem.contains(ResumeScope.folded($0.name)) })
            {
                // {"acme": {"position": …}, "initech": {…}}
                let left = members.map { JSONNode.Member($0.name, body($0.value, "\(path).\($0.name)") ?? .object([])) }
                return .object(left)
            }
            return body(value, path)
        default: return body(value, path)
        }
    }
}
