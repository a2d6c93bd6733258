internal import LikenessFormats
internal import LikenessMessages
internal import LikenessReflection

/// One row of a table, put together as a document of JSON Resume: the same reader, identities and warnings serve both.
struct TableRow {
    private let columns: TableColumns
    private var texts: [TableField: (text: String, title: String)] = [:]
    private var lists: [TableField: [String]] = [:]
    private var listed: [TableField: Set<String>] = [:]
    /// Of each system, in the order of the columns.
    private var externalIDs: [(system: String, ids: [JSONNode])] = []
    private var attributes: [JSONNode.Member] = []
    /// Of paths in the document the title of the column that they come from.
    private var titles: [String: String] = [:]
    var warnings: [ResumeWarning] = []

    init(_ columns: TableColumns) { self.columns = columns }

    mutating func add(_ text: String, of column: TableColumns.Column) throws(ImportRefusal) {
        let text = text.trimmed()
        guard !text.isEmpty else { return }
        if text.utf8.contains(0) {
            throw ImportRefusal("column \"\(column.title)\": holds a NUL character, which cannot be stored")
        }
        switch column.field {
        case .none: break
        case .attribute: self.attributes.append(.init(column.title, .string(text)))
        case .externalID(let system):
            if let index = self.externalIDs.firstIndex(where: { $0.system == system }) {
                self.externalIDs[index].ids.append(.string(text))
            } else {
                self.externalIDs.append((system, [.string(text)]))
            }
            self.titles["meta.externalIds"] =
                self.titles["meta.externalIds"].map { "\($0), \(column.title)" } ?? column.title
        case .skills, .languages, .tags, .keywords:
            for item in Self.items(text) where self.listed[column.field, default: []].insert(item).inserted {
                self.lists[column.field, default: []].append(item)
            }
        case .slug:
            guard PersonIdentity.isSlug(text) else {
                throw ImportRefusal(
                    "column \"\(column.title)\": \"\(text.prefix(60))\" is no slug, which has lower-case letters, digits and single hyphens"
                )
            }
            self.texts[.slug] = (text, column.title)
        default: self.texts[column.field] = (text, column.title)
        }
    }

    /// "Swift; Rust", "Swift, Rust", lines, `["Swift", "Rust"]`. Where there are semicolons a comma is text, and so is what stands in
    /// brackets.
    private static func items(_ text: String) -> [String] {
        if text.hasPrefix("["), case .array(let items)? = try? JSONParser.parse(Array(text.utf8)) {
            let texts = items.compactMap { $0.plainText(separator: " ")?.text.trimmed() }
            if texts.count == items.count { return texts.filter { !$0.isEmpty } }
        }
        let strong: Set<Character> = [";", "|", "•", "\n", "\r\n", "\r"]
        let parts = text.contains(where: strong.contains) ? Self.parts(text, strong) : Self.parts(text, [","])
        return parts.map { $0.trimmed() }.filter { !$0.isEmpty }
    }

    /// Cuts at separators outside brackets; where those are not closed, at all.
    private static func parts(_ text: String, _ separators: Set<Character>) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case let character where depth == 0 && separators.contains(character):
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
            if depth < 0 { break }
        }
        return depth == 0 ? parts + [text[start...]] : text.split(whereSeparator: separators.contains)
    }

    // MARK: The document

    /// A column "Title" has jobs in some tables, and "Dr" in others.
    private mutating func setAsideHonorific() {
        guard let (text, title) = self.texts[.title], PersonName.isHonorific(text) else { return }
        self.texts[.title] = nil
        self.attributes.append(.init(title, .string(text)))
        self.warnings.append(
            .init(path: title, message: "is a form of address, and no title of a job: kept in attributes")
        )
    }

    private mutating func member(_ name: String, _ field: TableField, at path: String) -> JSONNode.Member? {
        guard let (text, title) = self.texts[field] else { return nil }
        self.titles[path.isEmpty ? name : "\(path).\(name)"] = title
        return .init(name, .string(text))
    }

    private mutating func document() -> JSONNode {
        var meta: [JSONNode.Member] = []
        if !self.externalIDs.isEmpty {
            meta.append(.init("externalIds", .object(self.externalIDs.map { .init($0.system, .array($0.ids)) })))
        }
        meta += [self.member("canonical", .slug, at: "meta")].compactMap(\.self)
        self.setAsideHonorific()
        if self.texts[.headline] == nil { self.texts[.headline] = self.texts[.title] }
        var basics: [JSONNode.Member?] = [
            self.member("name", .name, at: "basics"), self.member("firstName", .givenName, at: "basics"),
            self.member("middleName", .middleName, at: "basics"), self.member("lastName", .familyName, at: "basics"),
            self.member("label", .headline, at: "basics"), self.member("email", .email, at: "basics"),
            self.member("url", .url, at: "basics"), self.member("summary", .summary, at: "basics"),
            self.member("location", .location, at: "basics"),
        ]
        let place = [
            self.member("city", .city, at: "basics.location"), self.member("region", .region, at: "basics.location"),
            self.member("country", .country, at: "basics.location"),
            self.member("countryCode", .countryCode, at: "basics.location"),
        ].compactMap(\.self)
        if !place.isEmpty { basics.append(.init("location", .object(place))) }
        var members: [JSONNode.Member?] = [
            self.member("id", .id, at: ""), meta.isEmpty ? nil : .init("meta", .object(meta)),
            .init("basics", .object(basics.compactMap(\.self))),
        ]
        if self.texts[.organization] != nil {
            let job = [
                self.member("name", .organization, at: "work[0]"), self.member("position", .title, at: "work[0]"),
                self.member("startDate", .start, at: "work[0]"), self.member("endDate", .end, at: "work[0]"),
            ].compactMap(\.self)
            members.append(.init("work", .array([.object(job)])))
            self.titles["work"] = self.columns.titles(of: .start, .organization)[0]
        } else {
            // Dates of no job.
            for field in [TableField.start, .end] {
                if let (text, title) = self.texts[field] { self.attributes.append(.init(title, .string(text))) }
            }
        }
        if let skills = self.lists[.skills] {
            members.append(.init("skills", .array(skills.map { .string($0) })))
            self.titles["skills"] = self.columns.titles(of: .skills)[0]
        }
        if let languages = self.lists[.languages] {
            members.append(.init("languages", .array(languages.map(Self.language))))
            self.titles["languages"] = self.columns.titles(of: .languages)[0]
        }
        return .object(members.compactMap(\.self))
    }

    private static func language(_ text: String) -> JSONNode {
        guard let (name, level) = LanguageLevel.split(text) else { return .string(text) }
        return .object([.init("language", .string(name)), .init("fluency", .string(level))])
    }

    // MARK: Reading

    mutating func read(_ match: [PersonIdentity.Kind]) throws(ImportRefusal) -> ReadResume {
        let document = self.document()
        if let (email, title) = self.texts[.email], !email.dropFirst().dropLast().contains("@") {
            self.warnings.append(
                .init(path: title, message: "no e-mail address: not used to find the person again, kept in attributes")
            )
        }
        var origin = DocumentOrigin(attributesMember: DocumentOrigin.csvMember)
        if !self.attributes.isEmpty { origin.kept = [.init("columns", .object(self.attributes))] }
        var resume: ReadResume
        do throws(JSONResumeError) {
            resume = try ResumeReader.read(document, match: match, origin: origin)
        } catch {
            throw ImportRefusal(self.sentence(error))
        }
        resume.warnings =
            self.warnings + resume.warnings.map { ResumeWarning(path: self.title(of: $0.path), message: $0.message) }
        resume.profile.tags = self.lists[.tags] ?? []
        resume.profile.keywords = self.lists[.keywords] ?? []
        resume.unsaid = self.columns.unsaid
        resume.addsExperiences = true
        resume.titles = self.columns.titlesOfFields
        resume.titles["external_ids"] = self.titles["meta.externalIds"]
        return resume
    }

    private func sentence(_ error: JSONResumeError) -> String {
        switch error {
        case .noName:
            let titles = self.columns.titles(of: .name, .givenName, .middleName, .familyName).map { "\"\($0)\"" }
            return
                "\(titles.count > 1 ? "columns" : "column") \(titles.joined(separator: ", ")): no name, which a person needs"
        case .tooLarge(let path, let byteCount, let byteCountMax):
            let most = "at most \(byteCountMax) are kept in attributes"
            if path == "columns" { return "the columns without a field hold \(byteCount) bytes: \(most)" }
            let title = path.hasPrefix("columns.") ? String(path.dropFirst(8)) : self.title(of: path)
            return "column \"\(title)\": holds \(byteCount) bytes: \(most)"
        default: return "\(error)"
        }
    }

    /// The title of the column that a path of the document comes from.
    private func title(of path: String) -> String {
        var path = path[...]
        while !path.isEmpty {
            if let title = self.titles[String(path)] { return title }
            path = path[..<(path.lastIndex { ".[".contains($0) } ?? path.startIndex)]
        }
        return ""
    }
}
