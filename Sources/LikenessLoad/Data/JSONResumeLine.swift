internal import LikenessMessages

/// Writes a generated profile as one line that `likeness profile import` reads back into the same profile.
///
/// Ids, tags and keywords have no place in JSON Resume and are left out.
package enum JSONResumeLine {
    package static func append(_ made: GeneratedProfile, to bytes: inout [UInt8]) {
        var json = JSONText(bytes: bytes)
        bytes = []
        let profile = made.profile
        json.object { json in
            json.member("meta") { $0.object { $0.member("canonical", profile.slug) } }
            json.member("basics") { json in
                json.object { json in
                    json.member("name", profile.displayName)
                    json.member("label", profile.headline)
                    json.member("summary", profile.summary)
                    json.member("location") { json in
                        json.object { json in
                            json.member("city", made.city)
                            json.member("countryCode", made.country)
                        }
                    }
                }
            }
            for list in Self.lists {
                let items = profile.experiences.filter { $0.category == list.category }
                guard !items.isEmpty else { continue }
                json.member(list.key) { json in
                    json.array(items) { json, item in json.object { Self.append(item, list, to: &$0) } }
                }
            }
            self.appendSkills(profile.skills, to: &json)
        }
        json.bytes.append(0x0A)
        bytes = json.bytes
    }

    /// One list of the schema, and which property means what in it.
    private struct List {
        let key: String
        let category: ExperienceCategory
        let title: String
        let organization: String
        var end = "endDate"
        var description = "summary"
        var highlights = "highlights"
    }

    private static let lists = [
        List(key: "work", category: .work, title: "position", organization: "name"),
        List(key: "volunteer", category: .volunteer, title: "position", organization: "organization"),
        List(
            key: "education",
            category: .education,
            title: "area",
            organization: "institution",
            description: "studyType",
            highlights: "courses"
        ),
        List(
            key: "projects",
            category: .project,
            title: "name",
            organization: "entity",
            description: "description"
        ),
        List(key: "awards", category: .award, title: "title", organization: "awarder", end: "date"),
        List(key: "publications", category: .publication, title: "name", organization: "publisher", end: "releaseDate"),
        List(key: "certificates", category: .certificate, title: "name", organization: "issuer", end: "date"),
    ]

    private static func append(_ item: Experience, _ list: List, to json: inout JSONText) {
        json.member(list.title, item.title)
        json.member(list.organization, item.organization)
        json.member("location", item.location)
        json.member("startDate", item.startDate.map { self.text(of: $0) } ?? "")
        json.member(list.end, item.endDate.map { self.text(of: $0) } ?? "")
        json.member(list.description, item.description)
        if !item.highlights.isEmpty { json.member(list.highlights) { $0.strings(item.highlights) } }
    }

    private static func appendSkills(_ skills: [Skill], to json: inout JSONText) {
        let (languages, others) = (skills.filter { $0.category == "language" }, skills.filter { $0.category.isEmpty })
        json.member("skills") { json in
            json.array(others) { json, skill in
                json.object { json in
                    json.member("name", skill.name)
                    json.member("level", skill.level)
                    json.member("keywords") { $0.strings(skill.keywords) }
                }
            }
        }
        json.member("languages") { json in
            json.array(languages) { json, skill in
                json.object { json in
                    json.member("language", skill.name)
                    json.member("fluency", skill.level)
                }
            }
        }
    }

    private static func text(of date: PartialDate) -> String {
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(date.year, 4) + (date.month == 0 ? "" : "-" + padded(date.month, 2))
            + (date.day == 0 ? "" : "-" + padded(date.day, 2))
    }
}

/// JSON as bytes, members in the order in which they are written.
struct JSONText {
    var bytes: [UInt8]
    private var needsComma = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func object(_ body: (inout JSONText) -> Void) {
        self.bytes.append(UInt8(ascii: "{"))
        self.needsComma = false
        body(&self)
        self.bytes.append(UInt8(ascii: "}"))
        self.needsComma = true
    }

    mutating func array<Item>(_ items: [Item], _ body: (inout JSONText, Item) -> Void) {
        self.bytes.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
            body(&self, item)
        }
        self.bytes.append(UInt8(ascii: "]"))
        self.needsComma = true
    }

    mutating func strings(_ texts: [String]) { self.array(texts) { $0.string($1) } }

    mutating func member(_ name: String, _ body: (inout JSONText) -> Void) {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
        self.string(name)
        self.bytes.append(UInt8(ascii: ":"))
        body(&self)
        self.needsComma = true
    }

    /// Leaves out what is empty.
    mutating func member(_ name: String, _ text: String) {
        if !text.isEmpty { self.member(name) { $0.string(text) } }
    }

    mutating func string(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                self.bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
