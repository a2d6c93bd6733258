internal import LikenessMessages
internal import LikenessStatistics

/// Turns a career into a profile, in the person's words.
struct Teller {
    private let person: Person
    private let career: Career
    /// The skills that run through a person's life, per field that they worked in.
    private var skills: [Int: [Int]] = [:]

    init(person: Person, career: Career) { (self.person, self.career) = (person, career) }

    private func lexicon(_ field: Int) -> Lexicon { Lexicon.of(self.person.language, field: field) }

    mutating func tell(_ random: inout SplitMix64) -> GeneratedProfile {
        for field in Set(self.career.jobs.map(\.field) + [self.person.field]).sorted() {
            let all = Array(self.lexicon(field).skills.indices)
            self.skills[field] = random.pick(random.within(2...4), of: all)
        }
        var profile = Profile(displayName: self.person.name)
        var fields: [Int] = []
        let jobs = Array(self.career.jobs.reversed())
        let stated = jobs.map { self.work($0, &random) }
        let now = jobs.first?.field ?? self.person.field
        let grammar = self.lexicon(now).grammar

        var facts = self.facts(now, &random)
        facts[.organization] = stated.first?.experience.organization ?? ""
        facts[.title] = stated.first?.experience.title ?? grammar.text("level1", facts, &random)
        facts[.city] = self.person.city.name
        profile.headline = grammar.sentence("headline", facts, &random)
        profile.summary = Self.sentences(grammar.text("summary", facts, &random))
        profile.location = "\(self.person.city.name), \(self.person.city.country)"
        fields.append(now)

        func add(_ stated: (experience: Experience, field: Int)) {
            profile.experiences.append(stated.experience)
            fields.append(stated.field)
        }
        for one in stated { add(one) }
        if random.chance(14) { add(self.aside(.volunteer, in: now, &random)) }
        for study in self.career.studies.reversed() { add(self.study(study, &random)) }
        if random.chance(18) { add(self.aside(.project, in: now, &random)) }
        if random.chance(8) { add(self.aside(.award, in: now, &random)) }
        if random.chance([1, 12].contains(now) ? 55 : 5) { add(self.aside(.publication, in: now, &random)) }
        if random.chance(22) { add(self.aside(.certificate, in: now, &random)) }

        self.addSkills(to: &profile, &random)
        fields.append(now)
        profile.tags = [Lexicon.fields[now], ["junior", "junior", "mid", "senior", "lead"][jobs.first?.level ?? 0]]
        profile.keywords = profile.skills.first.map { $0.keywords } ?? []
        return GeneratedProfile(
            profile: profile,
            city: self.person.city.name,
            country: self.person.city.country,
            fields: fields
        )
    }

    /// What texts about a field may name: a skill of this person, another one, and something of the first.
    private func facts(_ field: Int, _ random: inout SplitMix64) -> Grammar.Facts {
        let lexicon = self.lexicon(field)
        let mine = random.pick(2, of: self.skills[field] ?? [0, 1])
        var facts = Grammar.Facts(isFemale: self.person.isFemale)
        facts[.skill] = Self.inSentence(lexicon.skills[mine[0]].name, self.person.language)
        facts[.other] = random.pick(lexicon.skills[mine[mine.count - 1]].keywords)
        facts[.tool] = random.pick(lexicon.skills[mine[0]].keywords)
        facts[.years] = String(self.career.years)
        facts[.field] = lexicon.field
        facts[.city] = self.person.city.name
        facts[.name] =
            random.chance(80)
            ? self.person.culture.familyName(&random) : Culture.pick(&random).familyName(&random)
        return facts
    }

    private func work(_ job: Career.Job, _ random: inout SplitMix64) -> (experience: Experience, field: Int) {
        let grammar = self.lexicon(job.field).grammar
        var facts = self.facts(job.field, &random)
        facts[.city] = job.city.name
        let other = facts[.other]
        facts[.other] = Culture.pick(&random).familyName(&random)
        var (organization, title) = ("", "")
        // A few attempts find what fits nearly always.
        for _ in 0..<20 {
            organization = grammar.sentence("org", facts, &random)
            title = grammar.text("level\(job.level)", facts, &random)
            if self.lexicon(job.field).fits.allows(title, at: organization) { break }
        }
        facts[.other] = other
        facts[.organization] = organization
        facts[.title] = title
        var experience = Experience(category: .work, title: title, organization: organization)
        experience.location = "\(job.city.name), \(job.city.country)"
        let isRough = random.chance(12)
        experience.startDate = Self.date(job.span.first, isRough: isRough)
        experience.endDate = job.span.last.map { Self.date($0, isRough: isRough) }
        experience.description = Self.sentences(grammar.text("work", facts, &random))
        if random.chance(40) {
            experience.highlights = self.different(1...3, "highlight", grammar, facts, &random)
        }
        return (experience, job.field)
    }

    private func study(
        _ study: Career.Study,
        _ random: inout SplitMix64
    ) -> (experience: Experience, field: Int) {
        let grammar = self.lexicon(study.field).grammar
        var facts = self.facts(study.field, &random)
        facts[.city] = random.chance(65) ? self.person.city.name : random.pick(self.person.culture.cities).name
        let (place, degree) =
            switch study.degree {
            case .vocational: ("school", "vocational")
            case .bachelor: ("university", "bachelor")
            case .master: ("university", "master")
            }
        var experience = Experience(
            category: .education,
            title: study.degree == .vocational ? facts[.skill] : grammar.text("degree", facts, &random),
            organization: grammar.sentence(place, facts, &random)
        )
        experience.title = experience.title.prefix(1).uppercased() + experience.title.dropFirst()
        experience.description = grammar.text(degree, facts, &random)
        experience.startDate = Self.date(study.span.first, isRough: true)
        experience.endDate = study.span.last.map { Self.date($0, isRough: true) }
        if random.chance(25) {
            experience.highlights = self.different(1...2, "course", grammar, facts, &random)
        }
        return (experience, study.field)
    }

    /// Something beside the jobs, after the first of them began.
    private func aside(
        _ category: ExperienceCategory,
        in field: Int,
        _ random: inout SplitMix64
    ) -> (experience: Experience, field: Int) {
        let grammar = self.lexicon(field).grammar
        var facts = self.facts(field, &random)
        facts[.organization] = facts[.name] + " " + facts[.city]
        let first = self.career.jobs.first?.span.first ?? Career.thisMonth
        let start = first + random.below(max(Career.thisMonth - first, 1))
        var experience = Experience(category: category)
        switch category {
        case .volunteer:
            experience.title = grammar.sentence("volunteer", facts, &random)
            experience.organization = grammar.sentence("volunteerOrg", facts, &random)
            experience.description = Self.sentences(grammar.text("volunteerText", facts, &random))
            experience.startDate = Self.date(start, isRough: true)
        case .project:
            experience.title = grammar.sentence("project", facts, &random)
            experience.description = Self.sentences(grammar.text("projectText", facts, &random))
            experience.startDate = Self.date(start, isRough: true)
        case .award:
            experience.title = grammar.sentence("award", facts, &random)
            experience.organization = grammar.sentence("awarder", facts, &random)
            experience.description = grammar.text("awardText", facts, &random)
            experience.endDate = Self.date(start, isRough: random.chance(50))
        case .publication:
            experience.title = grammar.sentence("paper", facts, &random)
            experience.organization = grammar.sentence("publisher", facts, &random)
            experience.endDate = Self.date(start, isRough: random.chance(50))
        default:
            experience.title = grammar.sentence("certificate", facts, &random)
            experience.organization = grammar.sentence("issuer", facts, &random)
            experience.endDate = Self.date(start, isRough: true)
        }
        return (experience, field)
    }

    private func addSkills(to profile: inout Profile, _ random: inout SplitMix64) {
        for field in self.skills.keys.sorted() {
            let lexicon = self.lexicon(field)
            let levels = lexicon.grammar.choices("skillLevel")
            for index in self.skills[field] ?? [] {
                let known = lexicon.skills[index]
                let level = min(self.career.years / 8 + random.below(2), levels.count - 1)
                profile.skills.append(
                    Skill(
                        name: known.name,
                        level: random.chance(70) ? levels[level] : "",
                        keywords: random.pick(random.within(2...4), of: known.keywords)
                    )
                )
            }
        }
        self.addLanguages(to: &profile, &random)
    }

    /// The first language, the one of the profile, and now and then another.
    private func addLanguages(to profile: inout Profile, _ random: inout SplitMix64) {
        let english = Lexicon.of(.english, field: 0).grammar.choices("languageNames")
        let grammar = self.lexicon(self.person.field).grammar
        let names = grammar.choices("languageNames")
        let fluency = grammar.choices("fluency")
        let native = grammar.choices("native")
        var spoken = [self.person.culture.speaks, self.person.language.rawValue, "English"]
        if random.chance(35) { spoken.append(random.pick(english)) }
        var seen: Set<String> = []
        for (place, language) in spoken.enumerated() where seen.insert(language).inserted {
            guard place < 2 || random.chance(80), let index = english.firstIndex(of: language) else { continue }
            let level = place == 0 ? native[0] : place == 1 ? fluency[0] : random.pick(fluency)
            profile.skills.append(Skill(name: names[index], category: "language", level: level))
        }
    }

    // MARK: Wording

    private func different(
        _ count: ClosedRange<Int>,
        _ rule: String,
        _ grammar: Grammar,
        _ facts: Grammar.Facts,
        _ random: inout SplitMix64
    ) -> [String] {
        var texts: [String] = []
        for _ in 0..<random.within(count) {
            let text = grammar.sentence(rule, facts, &random)
            if !texts.contains(text) { texts.append(text) }
        }
        return texts
    }

    private static func date(_ month: Int, isRough: Bool) -> PartialDate {
        PartialDate(year: Int32(month / 12), month: isRough ? 0 : Int32(month % 12 + 1))
    }

    /// The name of a skill within a sentence: small, but in German and where it is an abbreviation.
    private static func inSentence(_ name: String, _ language: Language) -> String {
        guard language != .german, name.dropFirst().first?.isUppercase != true, name != "Swift" else { return name }
        return name.prefix(1).lowercased() + name.dropFirst()
    }

    /// Gives each sentence a capital letter.
    private static func sentences(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        var isStart = true
        for character in text {
            if isStart, character.isLetter {
                result += character.uppercased()
                isStart = false
            } else {
                result.append(character)
                if character.isNumber { isStart = false }
            }
            if character == "." || character == "?" || character == "!" { isStart = true }
        }
        return result
    }
}
