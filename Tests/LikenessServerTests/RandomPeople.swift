import FoundationEssentials
import LikenessMessages

@testable import LikenessRepository

/// Random numbers that a seed repeats.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &self)] }
    mutating func some<Value>(_ values: [Value], _ percent: Int) -> [Value] {
        values.filter { _ in self.chance(percent) }
    }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func uuid() -> String {
        let (high, low) = (self.next(), self.next())
        let hex = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        let digits = Array(hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    mutating func text() -> String {
        (0..<self.number(1...4)).map { _ in self.pick(["alpha", "beta", "gamma", "delta", "Ünal", "naïve", "東京"]) }
            .joined(separator: " ")
    }
}

/// A view of random rules, random people, and what of them can differ without the view showing it.
struct RandomView {
    let configuration: MaskConfiguration
    /// The filter of the view, in Swift.
    private let passes: @Sendable (Profile) -> Bool
    private let hidden: Set<String>

    /// Tags that rules ask for stay as they are where tags are hidden; the others do not.
    private static let ruleTags = ["t0", "t1", "t2", "t3"]
    private static let freeTags = ["f0", "f1", "f2", "f3"]
    private static let ruleKeywords = ["k0", "k1"]
    private static let freeKeywords = ["g0", "g1", "g2"]
    private static let places = ["Ulm, Germany", "Bonn, Germany", "Paris, Ile, France", "Peru", "", "Lima, Peru"]

    init(_ random: inout SeededNumbers) {
        var rules = MaskConfiguration()
        if random.chance(30) { rules.includeTags = random.chance(50) ? ["t0"] : ["t0", "t1"] }
        if random.chance(30) { rules.excludeTags = ["t2"] }
        var passes: @Sendable (Profile) -> Bool = { _ in true }
        if random.chance(40) {
            let filters: [(String, @Sendable (Profile) -> Bool)] = [
                (#"tags:"t3" OR NOT keywords:"k0""#, { $0.tags.contains("t3") || !$0.keywords.contains("k0") }),
                (#"keywords:"k1""#, { $0.keywords.contains("k1") }),
                (#"attributes.team = "a""#, { $0.attributesJson.contains(#""team": "a""#) }),
            ]
            (rules.filter, passes) = random.pick(filters)
        }
        if random.chance(30) {
            rules.weights = random.some([SectionKind.summary, .experience, .skills], 60).map {
                SectionWeight(kind: $0, weight: random.pick([0, 0.3, 2]))
            }
            if rules.weights.count == 3 { rules.weights[0].weight = 1 }
        }
        var fields = random.some(
            ["identity_id", "slug", "headline", "summary", "location", "tags", "keywords"],
            25
        )
        fields += random.chance(20) ? ["external_ids"] : random.some(["external_ids.system", "external_ids.id"], 20)
        if random.chance(15) {
            fields.append("attributes")
        } else {
            fields += random.some(["attributes.secret", "attributes.deep.secret", "attributes.list.secret"], 30)
        }
        if random.chance(15) {
            fields.append("experiences")
        } else {
            fields += random.some(
                [
                    "category", "title", "organization", "location", "start_date", "end_date", "description",
                    "highlights", "tags",
                ]
                .map { "experiences.\($0)" },
                25
            )
            if random.chance(60) {
                var scope = ExperienceScope()
                if random.chance(40) { scope.excludeCategories = [.award] }
                if random.chance(20) { scope.includeCategories = [.work, .education] }
                if random.chance(20) { scope.includeTags = ["t0", "t1"] }
                if random.chance(20) { scope.excludeTags = ["t2"] }
                if random.chance(20) { scope.since = PartialDate(year: 1990) }
                if random.chance(20) { scope.until = PartialDate(year: 2005, month: 6) }
                if random.chance(40) { scope.maxItems = Int32(random.number(1...3)) }
                rules.experiences = scope
            }
        }
        if random.chance(15) {
            fields.append("skills")
        } else {
            fields += random.some(["name", "category", "level", "keywords"].map { "skills.\($0)" }, 25)
            if random.chance(60) {
                var scope = SkillScope()
                if random.chance(40) { scope.excludeCategories = ["c0"] }
                if random.chance(30) { scope.includeCategories = ["c1", "c2"] }
                if random.chance(40) { scope.maxItems = Int32(random.number(1...3)) }
                rules.skills = scope
            }
        }
        var coarsening = Coarsening()
        if random.chance(40) { coarsening.dates = .year }
        if random.chance(40) { coarsening.location = .lastPart }
        if random.chance(40) {
            coarsening.displayName = fields.contains("slug") || random.chance(50) ? .initials : .slug
        }
        rules.coarsening = coarsening
        fields.shuffle(using: &random)
        rules.hiddenFields = fields
        self.configuration = rules
        self.passes = passes
        self.hidden = Set(fields)
    }

    /// Whether the profile is there at all.
    func shows(_ profile: Profile) -> Bool {
        (self.configuration.includeTags.isEmpty
            || profile.tags.contains(where: self.configuration.includeTags.contains))
            && !profile.tags.contains(where: self.configuration.excludeTags.contains) && self.passes(profile)
    }

    // MARK: People

    static func person(_ number: Int, _ random: inout SeededNumbers) -> Profile {
        Profile(
            id: random.uuid(),
            identityId: random.chance(50) ? random.uuid() : "",
            slug: "p\(random.number(0...999_999))-\(number)",
            displayName: Self.name(&random),
            headline: random.text(),
            summary: random.text(),
            location: random.pick(Self.places),
            tags: random.some(Self.ruleTags, 40) + random.some(Self.freeTags, 40),
            keywords: random.some(Self.ruleKeywords, 50) + random.some(Self.freeKeywords, 40),
            attributesJson: Self.attributes(team: random.pick(["a", "b"]), &random),
            experiences: (0..<random.number(0...6)).map { _ in Self.experience(&random) },
            skills: (0..<random.number(0...6)).map { _ in Self.skill(&random) },
            externalIds: Self.externalIDs(number, &random)
        )
    }

    private static func externalIDs(_ number: Int, _ random: inout SeededNumbers) -> [ExternalId] {
        (0..<random.number(0...2)).map { _ in
            ExternalId(system: random.pick(["crm", "hr"]), id: "x\(random.number(0...999_999))-\(number)")
        }
    }

    private static func name(_ random: inout SeededNumbers) -> String {
        "\(random.pick(["Ada", "Alan", "Ben", "Bea", "Émile"])) \(random.pick(["Long", "Lam", "Moss", "Mir"]))"
    }

    private static func attributes(team: String, _ random: inout SeededNumbers) -> String {
        var members = [#""team": "\#(team)""#, #""open": \#(random.number(0...9))"#]
        if random.chance(70) { members.append(#""secret": \#(random.number(0...9))"#) }
        if random.chance(70) {
            members.append(#""deep": {"secret": [\#(random.number(0...9))], "shown": \#(random.number(0...9))}"#)
        }
        if random.chance(70) {
            members.append(
                #""list": [{"secret": "\#(random.text())", "shown": \#(random.number(0...9))}, {"shown": 1}]"#
            )
        }
        return "{\(members.joined(separator: ", "))}"
    }

    private static func date(_ random: inout SeededNumbers) -> PartialDate? {
        guard random.chance(75) else { return nil }
        return PartialDate(
            year: Int32(random.number(1980...2015)),
            month: random.chance(50) ? Int32(random.number(1...12)) : 0
        )
    }

    private static func experience(_ random: inout SeededNumbers) -> Experience {
        Experience(
            id: random.uuid(),
            category: random.pick([.work, .education, .award, .project, .unspecified]),
            title: random.text(),
            organization: random.text(),
            location: random.pick(Self.places),
            startDate: Self.date(&random),
            endDate: Self.date(&random),
            description: random.text(),
            highlights: random.chance(50) ? [random.text()] : [],
            tags: random.some(Self.ruleTags, 30) + random.some(Self.freeTags, 30)
        )
    }

    private static func skill(_ random: inout SeededNumbers) -> Skill {
        Skill(
            id: random.uuid(),
            name: random.text(),
            category: random.pick(["c0", "c1", "c2", "c3"]),
            level: random.text(),
            keywords: [random.text()]
        )
    }

    // MARK: What can differ

    /// Another profile that the view shows alike, or another one that it does not show.
    func changed(_ profile: Profile, number: Int, _ random: inout SeededNumbers) -> Profile {
        guard self.shows(profile) else {
            for _ in 0..<200 {
                var other = Self.person(number, &random)
                other.id = profile.id
                if !self.shows(other) { return other }
            }
            return profile
        }
        let other = Self.person(number, &random)
        var changed = profile
        if self.hidden.contains("identity_id") { changed.identityId = other.identityId }
        if self.hidden.contains("slug") { changed.slug = other.slug }
        if self.hidden.contains("external_ids") { changed.externalIds = other.externalIds }
        for index in changed.externalIds.indices {
            if self.hidden.contains("external_ids.system") {
                changed.externalIds[index].system = random.pick(["crm", "x"])
            }
            if self.hidden.contains("external_ids.id") { changed.externalIds[index].id = "y\(index)-\(number)" }
        }
        if self.hidden.contains("headline") { changed.headline = other.headline }
        if self.hidden.contains("summary") { changed.summary = other.summary }
        if self.hidden.contains("tags") {
            changed.tags = profile.tags.filter(Self.ruleTags.contains) + other.tags.filter(Self.freeTags.contains)
        }
        if self.hidden.contains("keywords") {
            changed.keywords =
                profile.keywords.filter(Self.ruleKeywords.contains) + other.keywords.filter(Self.freeKeywords.contains)
        }
        let coarsening = self.configuration.coarsening ?? Coarsening()
        switch coarsening.displayName {
        case .slug: changed.displayName = other.displayName
        case .initials:
            changed.displayName = profile.displayName.split(separator: " ").map {
                "\($0.prefix(1))\(random.pick(["", "x", "yz"]))"
            }
            .joined(separator: random.pick([" ", "  "]))
        case .unspecified, .unrecognized: break
        }
        if self.hidden.contains("location") {
            changed.location = other.location
        } else if coarsening.location == .lastPart {
            changed.location = Self.elsewhere(profile.location, &random)
        }
        changed.attributesJson = self.changed(attributes: profile.attributesJson, other: other.attributesJson, &random)
        changed.experiences =
            self.hidden.contains("experiences") ? other.experiences : self.changed(profile.experiences, &random)
        changed.skills = self.hidden.contains("skills") ? other.skills : self.changed(profile.skills, &random)
        return changed
    }

    /// The same last part.
    private static func elsewhere(_ location: String, _ random: inout SeededNumbers) -> String {
        guard let last = location.split(separator: ",").last else { return location }
        let place = last.drop { $0 == " " }
        return random.chance(30) ? String(place) : "\(random.text()), \(place)"
    }

    private func changed(attributes: String, other: String, _ random: inout SeededNumbers) -> String {
        let team = attributes.contains(#""team": "a""#) ? "a" : "b"
        if self.hidden.contains("attributes") { return Self.attributes(team: team, &random) }
        var changed = attributes
        if self.hidden.contains("attributes.secret") {
            // A member more or less of the outermost object.
            changed = AttributeCut.text(changed, without: [["secret"]])
            if random.chance(60) { changed = "\(changed.dropLast()), \"secret\": \(random.number(10...99))}" }
        }
        if self.hidden.contains("attributes.deep.secret") {
            changed = changed.replacing(/\{"secret": \[\d+\], "shown"/) { _ in
                random.chance(50) ? #"{"secret": [\#(random.number(10...99))], "shown""# : #"{"shown""#
            }
        }
        if self.hidden.contains("attributes.list.secret") {
            changed = changed.replacing(/\{"secret": "[^"]*", "shown"/) { _ in
                random.chance(50) ? #"{"secret": "\#(random.text())", "shown""# : #"{"shown""#
            }
        }
        return changed
    }

    private func changed(_ experiences: [Experience], _ random: inout SeededNumbers) -> [Experience] {
        let scope = self.configuration.experiences ?? ExperienceScope()
        var rules = scope
        rules.maxItems = 0
        let chosen = ExperienceRows(rules)
        var kept = chosen.shown(experiences)
        let isFull = scope.maxItems > 0 && kept.count >= scope.maxItems
        if isFull { kept = Array(kept.prefix(Int(scope.maxItems))) }
        let hasWindow = scope.since != nil || scope.until != nil
        let coarsening = self.configuration.coarsening ?? Coarsening()
        kept = kept.map { row in
            var row = row
            let other = Self.experience(&random)
            func hides(_ name: String) -> Bool { self.hidden.contains("experiences.\(name)") }
            if hides("category"), scope.includeCategories.isEmpty, scope.excludeCategories.isEmpty {
                row.category = other.category
            }
            if hides("title") { row.title = other.title }
            if hides("organization") { row.organization = other.organization }
            if hides("description") { row.description = other.description }
            if hides("highlights") { row.highlights = other.highlights }
            if hides("tags") {
                row.tags = row.tags.filter(Self.ruleTags.contains) + other.tags.filter(Self.freeTags.contains)
            }
            if hides("location") {
                row.location = other.location
            } else if coarsening.location == .lastPart {
                row.location = Self.elsewhere(row.location, &random)
            }
            if !hasWindow {
                func date(_ date: PartialDate?, _ otherDate: PartialDate?, _ name: String) -> PartialDate? {
                    if hides(name) { return otherDate }
                    guard coarsening.dates == .year, let date else { return date }
                    return PartialDate(year: date.year, month: Int32(random.number(0...12)))
                }
                row.startDate = date(row.startDate, other.startDate, "start_date")
                row.endDate = date(row.endDate, other.endDate, "end_date")
            }
            return row
        }
        let unseen = (0..<random.number(0...4)).map { _ in Self.experience(&random) }.filter {
            chosen.shown([$0]).isEmpty
        }
        for row in unseen { kept.insert(row, at: random.number(0...kept.count)) }
        // What comes after the last one that is shown may be anything.
        if isFull { kept += (0..<random.number(0...2)).map { _ in Self.experience(&random) } }
        return kept
    }

    private func changed(_ skills: [Skill], _ random: inout SeededNumbers) -> [Skill] {
        let scope = self.configuration.skills ?? SkillScope()
        var rules = scope
        rules.maxItems = 0
        let chosen = SkillRows(scope: rules)
        var kept = chosen.shown(skills)
        let isFull = scope.maxItems > 0 && kept.count >= scope.maxItems
        if isFull { kept = Array(kept.prefix(Int(scope.maxItems))) }
        let readsCategory = !scope.includeCategories.isEmpty || !scope.excludeCategories.isEmpty
        kept = kept.map { row in
            var row = row
            let other = Self.skill(&random)
            if self.hidden.contains("skills.name") { row.name = other.name }
            if self.hidden.contains("skills.category"), !readsCategory { row.category = other.category }
            if self.hidden.contains("skills.level") { row.level = other.level }
            if self.hidden.contains("skills.keywords") { row.keywords = other.keywords }
            return row
        }
        let unseen = (0..<random.number(0...4)).map { _ in Self.skill(&random) }.filter { chosen.shown([$0]).isEmpty }
        for row in unseen { kept.insert(row, at: random.number(0...kept.count)) }
        if isFull { kept += (0..<random.number(0...2)).map { _ in Self.skill(&random) } }
        return kept
    }
}
