internal import LikenessMessages
internal import LikenessReflection

/// Skills and languages.
extension ResumeReader {
    mutating func readSkills() {
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
                self.log.warn(path, "expected an object, found \(item.description): not read, kept in attributes")
                return item
            }
        }
        self.profile.skills += read
    }

    /// {"languages": ["Swift"], "tools": "git, make"}: each is a group, and none is a property of a skill.
    private static func areGroups(_ members: [JSONNode.Member]) -> Bool {
        var names: Set<String> = ["keywords", "items", "values"]
        let areLists = members.allSatisfy { if case .array = $0.value { true } else { false } }
        if !areLists {
            names.formUnion(Self.nameNames + Self.levelNames + Self.keywordNames + ["description", "summary"])
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
                guard case .object(let members) = item, read.count < Self.skillsMax else { return item }
                let scope = ResumeScope(members, path: "\(path).\(member.name)[\(index)]", log: self.log)
                var skill = Skill(category: "language")
                skill.name = scope.text(["description", "label", "name"], max: 300)
                skill.level = isMotherTongue ? "Mother tongue" : Self.europassLevel(scope)
                guard !skill.name.isEmpty else { return item }
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
            let scope = ResumeScope([.init("keywords", member.value)], path: "\(path).\(member.name)", log: self.log)
            guard read.count < Self.skillsMax, member.name.unicodeScalars.count <= 300 else {
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
        guard read.count < Self.skillsMax else {
            self.log.warn(path, "more than \(Self.skillsMax) skills: not searched, kept in attributes")
            return .object(members)
        }
        let scope = ResumeScope(members, path: path, log: self.log)
        var skill = Skill()
        skill.name = scope.text(Self.nameNames, max: 300)
        skill.level = scope.text(Self.levelNames, max: 100)
        skill.keywords = scope.texts(
            Self.keywordNames,
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

    private static let nameNames = [
        "name", "skill", "skillname", "title", "label", "category", "group", "type", "area", "field",
    ]
    private static let levelNames = ["level", "proficiency", "rating", "fluency"]
    private static let keywordNames = [
        "keywords", "skills", "items", "item", "tags", "list", "details", "technologies",
    ]
    private static let keywordSeparators: Set<Character> = [",", ";", "|", "•", "\n"]

    mutating func readLanguages() {
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
