/// All that can be said in one language about one field of work.
struct Lexicon: Sendable {
    struct Skill: Sendable {
        let name: String
        let keywords: [String]
    }

    let field: String
    let grammar: Grammar
    let fits: TitleFits
    let skills: [Skill]

    /// The fields, the same for every language and in the same order.
    static let fields = [
        "software", "data", "nursing", "teaching", "finance", "mechanical", "construction", "design", "marketing",
        "law",
        "logistics", "culinary", "biology", "energy",
    ]
    /// Fields that people change between.
    static let neighbours: [[Int]] = [
        [1, 7, 13], [0, 4, 12], [3, 12, 11], [2, 7, 8], [1, 9, 10], [13, 6, 0], [5, 7, 13], [8, 0, 6], [7, 3, 4],
        [4, 8, 3],
        [4, 11, 5], [10, 8, 2], [1, 2, 3], [5, 6, 0],
    ]

    /// By language, then by field.
    static let all: [Language: [Lexicon]] = Dictionary(
        uniqueKeysWithValues: Language.allCases.map { ($0, Self.read($0.vocabulary)) }
    )

    static func of(_ language: Language, field: Int) -> Lexicon {
        guard let lexicons = self.all[language] else { preconditionFailure("every language has a vocabulary") }
        return lexicons[field]
    }

    private static func read(_ text: String) -> [Lexicon] {
        let blocks = Dictionary(uniqueKeysWithValues: VocabularyBlocks.split(text).map { ($0.title, $0.body) })
        guard let common = blocks["all"] else { preconditionFailure("a vocabulary has a common part") }
        return self.fields.map { field in
            guard let body = blocks[field] else { preconditionFailure("no vocabulary for \(field)") }
            return Lexicon(common: common, body: body)
        }
    }

    private init(common: String, body: String) {
        let lines = Grammar.lines(of: body)
        guard let name = lines.first(where: { $0.name == "name" }),
            let skills = lines.first(where: { $0.name == "skills" })
        else { preconditionFailure("a field has a name and skills") }
        self.field = name.alternatives
        self.skills = VocabularyBlocks.parts(skills.alternatives).map { text in
            guard let open = text.firstIndex(of: "(") else { preconditionFailure("a skill has keywords: \(text)") }
            let keywords = text[text.index(after: open)...].prefix { $0 != ")" }
            return Skill(
                name: text[..<open].trimmingSpaces,
                keywords: keywords.split(separator: ",").map { $0.trimmingSpaces }
            )
        }
        self.fits = TitleFits(lines.first { $0.name == "fits" }?.alternatives ?? "")
        let rules = lines.filter { !["skills", "name", "fits"].contains($0.name) }
        self.grammar = Grammar(common + rules.map { "\($0.name): \($0.alternatives)\n" }.joined())
    }
}
