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
