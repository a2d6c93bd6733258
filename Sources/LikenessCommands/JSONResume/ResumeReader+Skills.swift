internal import LikenessMessages
internal import LikenessReflection

/// Skills and languages.
extension ResumeReader {
    mutating func readSkills() {
        var read: [Skill] = []
        self.items(ResumeVocabulary.skills) { item, path in
            switch item {
            case .string(let text):
                return self.readNames(text, path: path, category: "", into: &read)
            case .object(let members):
                // An item of a list is one skill; an object by itself may be groups of them.
                guard path.last != "]" else { return self.readSkill(members, path: path, into: &read) }
                let name = String(path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...])
                if members.contains(where: { Self.europassLanguages.contains($0.name.lowercased()) }) {
                    return self.readEuropassLanguages(members, path: path, into: &read)
                }
                if members.count == 1, members[0].name.lowercased() == "description" {
                    // {"Driving": {"Description": ["B"]}}
                    let left = self.readGroups([.init(name, members[0].value)], path: path, into: &read)
                    guard case .object(let kept)? = left else { return nil }
                    return .object([.init(members[0].name, kept[0].value)])
                }
                if Self.areGroups(members) { return self.readGroups(members, path: path, into: &read) }
                return self.readSkill(members, path: path, into: &read)
            default:
                self.log.warn(path, "expected an object, found \(item.kind): not read, kept in attributes")
                return item
            }
        }
        self.profile.skills += read
    }

    /// A text by itself is a list of names; an item of a list is one.
    private func readNames(_ text: String, path: String, category: String, into read: inout [Skill]) -> JSONNode? {
        let parts = path.last == "]" ? [text.trimmed()] : text.split { ",;|•\n".contains($0) }.map { $0.trimmed() }
        let names = parts.filter { !$0.isEmpty }
        guard names.allSatisfy({ $0.unicodeScalars.count <= 300 }) else {
            self.log.warn(path, "longer than the name of a skill: not read, kept in attributes")
            return .string(text)
        }
        guard self.hasRoom(for: names.count, after: read, path) else { return .string(text) }
        read += names.map { Skill(name: $0, category: category) }
        return nil
    }

    /// Whether a profile can hold so many more skills; reports it when it cannot.
    private func hasRoom(for count: Int, after read: [Skill], _ path: String) -> Bool {
        if self.profile.skills.count + read.count + count <= Self.skillsMax { return true }
        self.log.warn(path, "more than \(Self.skillsMax) skills: not searched, kept in attributes")
        return false
    }

    /// {"languages": ["Swift"], "tools": "git, make"}: each is a group, and none is a property of a skill.
    private static func areGroups(_ members: [JSONNode.Member]) -> Bool {
        var names: Set<String> = ["keywords", "items", "values"]
        let areLists = members.allSatisfy { if case .array = $0.value { true } else { false } }
        if !areLists {
            names.formUnion(
                ResumeVocabulary.skillName + ResumeVocabulary.skillLevel + ResumeVocabulary.skillKeywords + [
                    "description", "summary",
                ]
            )
        }
        return members.allSatisfy { member in
            switch member.value {
            case .array, .string: !names.contains(member.name.lowercased())
            default: false
            }
        }
    }

    private static let europassLanguages: Set<String> = ["mothertongue", "foreignlanguage"]

    /// {"MotherTongue": [{"Description": {"Label": "English"}}], "ForeignLanguage": […]}
    private func readEuropassLanguages(
        _ members: [JSONNode.Member],
        path: String,
        into read: inout [Skill]
    ) -> JSONNode? {
        var left: [JSONNode.Member] = []
        for member in members {
            let isMotherTongue = member.name.lowercased() == "mothertongue"
            guard Self.europassLanguages.contains(member.name.lowercased()), case .array(let items) = member.value
            else {
                self.log.warn("\(path).\(member.name)", "not read: kept in attributes")
                left.append(member)
                continue
            }
            let rest = items.enumerated().map { index, item -> JSONNode? in
                let path = "\(path).\(member.name)[\(index)]"
                guard case .object(let members) = item else {
                    self.log.warn(path, "expected an object, found \(item.kind): not read, kept in attributes")
                    return item
                }
                guard self.hasRoom(for: 1, after: read, path) else { return item }
                let scope = ResumeScope(members, path: path, log: self.log)
                var skill = Skill(category: "language")
                skill.name = scope.text(["description", "label", "name"], max: 300)
                skill.level = isMotherTongue ? "Mother tongue" : Self.europassLevel(scope)
                guard !skill.name.isEmpty else {
                    self.log.warn(path, "names no language: kept in attributes")
                    return item
                }
                read.append(skill)
                return scope.leftover()
            }
            if rest.contains(where: { $0 != nil }) {
                left.append(.init(member.name, .array(rest.map { $0 ?? .object([]) })))
            }
        }
        return left.isEmpty ? nil : .object(left)
    }

    /// {"ProficiencyLevel": {"Listening": "C1", "Reading": "C2"}}: "Listening C1, Reading C2".
    private static func europassLevel(_ scope: ResumeScope) -> String {
        guard let taken = scope.take(["proficiencylevel"]) else { return "" }
        var texts: [String] = []
        if case .object(let members) = taken.value {
            for member in members {
                if case .string(let text) = member.value, !text.isEmpty { texts.append("\(member.name) \(text)") }
            }
        }
        scope.keep(taken)
        return texts.joined(separator: ", ").prefix(scalars: 100)
    }

    private func readGroups(_ members: [JSONNode.Member], path: String, into read: inout [Skill]) -> JSONNode? {
        var left: [JSONNode.Member] = []
        for member in members {
            let path = "\(path).\(member.name)"
            let scope = ResumeScope([.init("keywords", member.value)], path: path, log: self.log)
            guard member.name.unicodeScalars.count <= 300 else {
                self.log.warn(path, "longer than the name of a skill: not read, kept in attributes")
                left.append(member)
                continue
            }
            guard self.hasRoom(for: 1, after: read, path) else {
                left.append(member)
                continue
            }
            var skill = Skill(name: member.name)
            skill.keywords = scope.texts(
                ["keywords"],
                countMax: 100,
                max: 200,
                separators: Self.keywordSeparators
            )
            if !skill.keywords.isEmpty || member.value.saysNothing { read.append(skill) }
            if case .object(let kept)? = scope.leftover() { left.append(.init(member.name, kept[0].value)) }
        }
        return left.isEmpty ? nil : .object(left)
    }

    private func readSkill(_ members: [JSONNode.Member], path: String, into read: inout [Skill]) -> JSONNode? {
        guard self.hasRoom(for: 1, after: read, path) else { return .object(members) }
        let scope = ResumeScope(members, path: path, log: self.log)
        var skill = Skill()
        skill.name = scope.text(ResumeVocabulary.skillName, max: 300)
        skill.level = scope.text(ResumeVocabulary.skillLevel, max: 100)
        skill.keywords = scope.texts(
            ResumeVocabulary.skillKeywords,
            countMax: 100,
            max: 200,
            separators: Self.keywordSeparators
        )
        if skill.name.isEmpty, skill.keywords.isEmpty {
            self.log.warn(path, "names no skill: kept in attributes")
        } else {
            read.append(skill)
        }
        return scope.leftover()
    }

    private static let keywordSeparators: Set<Character> = [",", ";", "|", "•", "\n"]

    mutating func readLanguages() {
        var read: [Skill] = []
        self.items(ResumeVocabulary.languages) { item, path in
            switch item {
            case .string(let text): return self.readNames(text, path: path, category: "language", into: &read)
            case .object(let members):
                guard self.hasRoom(for: 1, after: read, path) else { return item }
                let scope = ResumeScope(members, path: path, log: self.log)
                var skill = Skill(category: "language")
                skill.name = scope.text(ResumeVocabulary.languageName, max: 300)
                skill.level = scope.text(ResumeVocabulary.languageLevel, max: 100)
                if skill.name.isEmpty {
                    self.log.warn(path, "names no language: kept in attributes")
                } else {
                    read.append(skill)
                }
                return scope.leftover()
            default:
                self.log.warn(path, "expected an object, found \(item.kind): not read, kept in attributes")
                return item
            }
        }
        self.profile.skills += read
    }
}
