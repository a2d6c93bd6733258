internal import LikenessStatistics

/// Who somebody is, before they did anything.
struct Person: Sendable {
    let culture: Culture
    let isFemale: Bool
    let name: String
    let birthYear: Int
    let city: Culture.City
    let language: Language
    let field: Int

    init(_ random: inout SplitMix64) {
        self.culture = Culture.pick(&random)
        self.isFemale = random.chance(50)
        self.name = self.culture.name(isFemale: self.isFemale, &random)
        self.birthYear = 1_961 + random.below(42)
        self.city = random.pick(self.culture.cities)
        self.language = random.chance(22) ? .english : self.culture.writes
        self.field = random.below(Lexicon.fields.count)
    }
}

/// What somebody did when: no two jobs at once, nothing before school is over, and more responsibility with the years.
struct Career: Sendable {
    /// Months since the year 0; both ends belong to it.
    struct Span: Sendable, Hashable {
        var first: Int
        /// `nil` for what goes on.
        var last: Int?
    }

    enum Degree: Sendable, Hashable { case vocational, bachelor, master }

    struct Study: Sendable {
        let degree: Degree
        let field: Int
        let span: Span
    }

    struct Job: Sendable {
        let field: Int
        /// 1 for a beginner ... 4 for who leads.
        let level: Int
        let city: Culture.City
        let span: Span
    }

    /// Nothing is later: the data is the same in every year.
    static let thisMonth = 2_026 * 12 + 5

    private(set) var studies: [Study] = []
    /// By time.
    private(set) var jobs: [Job] = []
    /// Years since the first job began, at least 1.
    let years: Int

    init(_ person: Person, _ random: inout SplitMix64) {
        var month = (person.birthYear + 18 + random.below(3)) * 12 + 8
        let isAcademic = random.chance(72)
        func study(_ degree: Degree, years: ClosedRange<Int>) -> Study {
            let first = month
            month += random.within(years) * 12 - 3
            return Study(degree: degree, field: person.field, span: Span(first: first, last: month))
        }
        if isAcademic {
            self.studies.append(study(.bachelor, years: 3...4))
            month += 3
            if random.chance(45) {
                self.studies.append(study(.master, years: 1...2))
            }
        } else {
            self.studies.append(study(.vocational, years: 2...3))
        }
        // Whoever is too young for it has not studied on.
        let latest = Self.thisMonth - 8
        if self.studies.count > 1, month > latest { self.studies.removeLast() }
        month = min(month, latest)
        if let last = self.studies.indices.last, let end = self.studies[last].span.last, end > month {
            self.studies[last] = Study(
                degree: self.studies[last].degree,
                field: person.field,
                span: Span(first: min(self.studies[last].span.first, month - 1), last: month)
            )
        }

        month += 1 + random.below(6)
        let start = month
        let months = Self.thisMonth - start
        self.years = max(1, months / 12)
        let wanted = min(1 + months / 60 + random.below(3), 6)
        var field = person.field
        var level = 1
        var city = person.city
        while month < Self.thisMonth, self.jobs.count < wanted {
            let left = wanted - self.jobs.count
            let mean = max((Self.thisMonth - month) / left, 6)
            let length = left == 1 ? Self.thisMonth - month : mean / 2 + random.below(mean) + 1
            if !self.jobs.isEmpty, random.chance(9) {
                field = random.pick(Lexicon.neighbours[field])
                level = max(1, level - 1)
            }
            // Who stays for years is called by the later title.
            if level == 1, month - start + length / 2 > 36 { level = 2 }
            if random.chance(30) { city = random.pick(person.culture.cities) }
            let isLast = left == 1 || month + length >= Self.thisMonth
            let goesOn = isLast && random.chance(88)
            let end = goesOn ? nil : min(month + length, Self.thisMonth - random.below(isLast ? 8 : 1))
            self.jobs.append(
                Job(field: field, level: level, city: city, span: Span(first: month, last: end.map { max($0, month) }))
            )
            if isLast { break }
            month += length + 1 + (random.chance(20) ? random.below(9) : 0)
            let experience = (month - start) / 12
            let isDue = level < 4 && experience >= [2, 7, 13][level - 1]
            if isDue, random.chance(level == 3 ? 45 : 75) { level += 1 }
        }
    }
}
