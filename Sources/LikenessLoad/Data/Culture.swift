internal import LikenessStatistics

/// Where somebody comes from: names, cities, first language.
struct Culture: Sendable {
    struct City: Sendable {
        let name: String
        /// ISO 3166-1, two letters.
        let country: String
    }

    let share: Int
    let speaks: String
    let writes: Language
    let cities: [City]
    private let grammar: Grammar

    static let all: [Culture] = VocabularyBlocks.split(CultureVocabulary.text).map { Culture($0.body) }
    private static let shares: Int = Culture.all.reduce(0) { $0 + $1.share }

    private init(_ body: String) {
        let lines = Dictionary(uniqueKeysWithValues: Grammar.lines(of: body).map { ($0.name, $0.alternatives) })
        guard let share = lines["share"].flatMap({ Int($0) }), let speaks = lines["speaks"],
            let writes = lines["writes"].flatMap({ Language(rawValue: $0) }), let cities = lines["city"]
        else { preconditionFailure("a culture has a share, languages and cities") }
        (self.share, self.speaks, self.writes) = (share, speaks, writes)
        self.cities = VocabularyBlocks.parts(cities).map { text in
            let parts = text.split(separator: ",").map { $0.trimmingSpaces }
            precondition(parts.count == 2, "a city has a country: \(text)")
            return City(name: parts[0], country: parts[1])
        }
        self.grammar = Grammar(
            Grammar.lines(of: body).filter { ["male", "female", "family"].contains($0.name) }
                .map { "\($0.name): \($0.alternatives)" }.joined(separator: "\n")
        )
    }

    static func pick(_ random: inout SplitMix64) -> Culture {
        var left = random.below(self.shares)
        for culture in self.all {
            left -= culture.share
            if left < 0 { return culture }
        }
        return self.all[0]
    }

    func name(isFemale: Bool, _ random: inout SplitMix64) -> String {
        let facts = Grammar.Facts(isFemale: isFemale)
        let given = self.grammar.text(isFemale ? "female" : "male", facts, &random)
        let second = random.chance(12) ? " " + self.grammar.text(isFemale ? "female" : "male", facts, &random) : ""
        return given + (second == " " + given ? "" : second) + " " + self.familyName(facts, &random)
    }

    /// As companies are called after people.
    func familyName(_ random: inout SplitMix64) -> String { self.familyName(.init(isFemale: false), &random) }

    private func familyName(_ facts: Grammar.Facts, _ random: inout SplitMix64) -> String {
        let first = self.grammar.text("family", facts, &random)
        guard facts.isFemale, random.chance(8) else { return first }
        let second = self.grammar.text("family", facts, &random)
        return second == first || first.contains(" ") ? first : "\(first)-\(second)"
    }
}

/// What profiles are written in.
enum Language: String, Sendable, CaseIterable {
    case english = "English"
    case german = "German"
    case french = "French"
    case spanish = "Spanish"

    var vocabulary: String {
        switch self {
        case .english: EnglishVocabulary.text
        case .german: GermanVocabulary.text
        case .french: FrenchVocabulary.text
        case .spanish: SpanishVocabulary.text
        }
    }
}
