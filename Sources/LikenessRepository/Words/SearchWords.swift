internal import LikenessPostgres
internal import LikenessWords

/// The words of a search text as statements take them, each with its weight.
struct SearchWords: Sendable {
    /// Different words of a text that are read; the rest is reported as not used.
    static let termsMax = 60

    let query: WordsQuery
    let terms: [WordIndex.Term]
    /// How many different words the text has.
    let wordCount: Int
    /// Exclusions that are a single word each.
    let excludedWords: [String]

    /// What holding all words is worth; 1 for no words, so that it can be divided by.
    var total: Double { Double(max(1, self.terms.reduce(0) { $0 + Int($1.weight) })) }

    /// The words of a text in the order in which they stand there, and the exclusions of one word. Parameters: `$1` words
    /// (text), `$2` exclusions (text[]).
    static let statement = Statement(
        "search_words",
        """
        SELECT ARRAY(SELECT lexeme FROM unnest(to_tsvector('public.likeness', $1)) ORDER BY positions[1], lexeme),
            ARRAY(
                SELECT (tsvector_to_array(x.words))[1]
                FROM (SELECT to_tsvector('public.likeness', phrase) AS words FROM unnest($2::text[]) AS e (phrase)) AS x
                WHERE length(x.words) = 1
            )
        """,
        [.text, .textArray]
    )

    init(_ query: WordsQuery, words: [String], excludedWords: [String], index: WordIndex) {
        self.query = query
        self.wordCount = words.count
        self.excludedWords = excludedWords
        let profiles = Double(index.profileCount)
        self.terms = words.prefix(Self.termsMax).map { word in
            let weight = WordsScore.weight(profiles: profiles, holding: Double(index.holding(word)))
            return WordIndex.Term(word: word, weight: UInt32(clamping: max(1, weight)))
        }
    }

    /// The parameters that every statement with words begins with: `SearchStatements.text`.
    var parameters: Parameters {
        Parameters(
            self.terms.map(\.word),
            self.terms.map { Double($0.weight) },
            self.total,
            self.query.required,
            self.query.excluded
        )
    }
}
