package import LikenessMessages

extension Profile {
    /// Reads a JSON Resume 1.0 document.
    ///
    /// `work`, `volunteer`, `education`, `projects`, `awards`, `publications` and `certificates` become experiences;
    /// `skills` and `languages` become skills. `meta.canonical` becomes the slug when it has the form of one. Every
    /// property without a field of its own is kept in `attributes_json` under `json_resume`, at its place in the
    /// document, so nothing is lost.
    ///
    /// - Throws: `JSONResumeError`, naming the property.
    /// - SeeAlso: The JSON Resume schema, version 1.0.0.
    package init(jsonResume document: JSONValue) throws(JSONResumeError) {
        self.init()
        var root = try JSONObjectReader(document, path: "")
        guard var basics = try root.takeObject("basics") else { throw .missing(path: "basics") }
        self.displayName = try basics.takeString("name")
        guard !self.displayName.isEmpty else { throw .missing(path: "basics.name") }
        self.headline = try basics.takeString("label")
        self.summary = try basics.takeString("summary")
        var rest: [String: JSONValue] = [:]
        if var location = try basics.takeObject("location") {
            let parts = [
                try location.takeString("city"), try location.takeString("region"),
                try location.takeString("countryCode"),
            ]
            self.location = parts.filter { !$0.isEmpty }.joined(separator: ", ")
            Self.keep(location.remaining, at: "location", in: &rest)
        }
        var kept: [String: JSONValue] = [:]
        rest.merge(basics.remaining) { _, new in new }
        Self.keep(rest, at: "basics", in: &kept)

        if var meta = try root.takeObject("meta") {
            let canonical = try meta.takeString("canonical")
            if Self.isSlug(canonical) {
                self.slug = canonical
            } else if !canonical.isEmpty {
                kept["meta"] = .object(["canonical": .string(canonical)])
            }
            if case .object(let taken)? = kept["meta"] {
                kept["meta"] = .object(taken.merging(meta.remaining) { old, _ in old })
            } else {
                Self.keep(meta.remaining, at: "meta", in: &kept)
            }
        }
        for section in JSONResumeSection.all {
            var left: [[String: JSONValue]] = []
            for var item in try root.takeObjects(section.key) {
                self.experiences.append(try section.read(&item))
                left.append(item.remaining)
            }
            Self.keep(left, at: section.key, in: &kept)
        }
        try self.readSkills(&root, keeping: &kept)
        kept.merge(root.remaining) { old, _ in old }
        if !kept.isEmpty {
            self.attributesJson = JSONValue.object(["json_resume": .object(kept)]).text
        }
    }

    private mutating func readSkills(
        _ root: inout JSONObjectReader,
        keeping kept: inout [String: JSONValue]
    ) throws(JSONResumeError) {
        var left: [[String: JSONValue]] = []
        for var item in try root.takeObjects("skills") {
            var skill = Skill()
            skill.name = try item.takeString("name")
            skill.level = try item.takeString("level")
            skill.keywords = try item.takeStrings("keywords")
            self.skills.append(skill)
            left.append(item.remaining)
        }
        Self.keep(left, at: "skills", in: &kept)
        left = []
        for var item in try root.takeObjects("languages") {
            var skill = Skill()
            skill.category = "language"
            skill.name = try item.takeString("language")
            skill.level = try item.takeString("fluency")
            self.skills.append(skill)
            left.append(item.remaining)
        }
        Self.keep(left, at: "languages", in: &kept)
    }

    /// Whether a text has the form of a slug: lower-case letters and digits with single hyphens between.
    private static func isSlug(_ text: String) -> Bool {
        guard (1...200).contains(text.utf8.count) else { return false }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) }
        }
    }

    private static func keep(_ values: [String: JSONValue], at key: String, in kept: inout [String: JSONValue]) {
        if !values.isEmpty { kept[key] = .object(values) }
    }

    /// Keeps the leftovers of a list's items by position, when any item has some.
    private static func keep(_ items: [[String: JSONValue]], at key: String, in kept: inout [String: JSONValue]) {
        if items.contains(where: { !$0.isEmpty }) { kept[key] = .array(items.map { .object($0) }) }
    }
}
