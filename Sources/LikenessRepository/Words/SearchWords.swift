internal import LikenessPostgres
internal import LikenessWords

/// The words of a search text as statements take them, each with its weight.
struct SearchWords: Sendable {
    /// A search text as the database reads it.
    struct Reading: Sendable {
        /// Of this one and its copies.
        final class Identity: Sendable {}
        let identity = Identity()
        let query: WordsQuery
        /// Each once; those with meaning in their signs first, then the others in their order.
        let words: [String]
        /// Which of them are stop words.
        let areCommon: [Bool]
        /// Exclusions that are a single word each.
        let excludedWords: [String]
        /// For each word with a star what its words can begin with, and after that what they can be besides.
        let prefixes: [[String]]

        /// How many different words the text has.
        var wordCount: Int { self.prefixes.count + self.words.count }

        /// Parameters: `$1` words (text), `$2` exclusions (text[]), `$3` prefixes (text[]).
        static let statement = Statement(
            "search_words",
            """
            WITH found AS MATERIALIZED (
                SELECT f.lexeme, f.is_common, f.place FROM search_words($1) WITH ORDINALITY AS f (lexeme, is_common, place)
            )
            SELECT ARRAY(SELECT lexeme FROM found ORDER BY place), ARRAY(SELECT is_common FROM found ORDER BY place),
                ARRAY(
                    SELECT (tsvector_to_array(x.words))[1]
                    FROM (SELECT words_of(phrase) AS words, phrase_query(phrase) AS query FROM unnest($2::text[]) AS e (phrase)) AS x
                    WHERE length(x.words) = 1 AND numnode(x.query) = 1
                ),
                ARRAY(
                    SELECT array_to_string(prefix_stems(p.prefix), ' ')
                    FROM unnest($3::text[]) WITH ORDINALITY AS p (prefix, place) ORDER BY p.place
                )
            """,
            [.text, .textArray, .textArray]
        )

        static func parameters(_ query: WordsQuery) -> Parameters {
            Parameters(query.words, query.excluded, query.prefixes)
        }

        init(_ query: WordsQuery, _ result: borrowing QueryResult) throws(DatabaseError) {
            self.query = query
            self.words = try result.value(0, 0)
            self.areCommon = try result.value(0, 1)
            self.excludedWords = try result.value(0, 2)
            self.prefixes = try result.value(0, 3, as: [String].self).map { $0.split(separator: " ").map(String.init) }
        }
    }

    /// Different words of a text that are read; the rest is reported as not used.
    static let termsMax = 60
    /// Words that an unknown word may stand for.
    private static let spellingsMax = 5
    /// A stop word weighs so many times less than another one.
    private static let commonShare: Int64 = 10

    let reading: Reading
    let terms: [WordIndex.Term]
    /// What asks for each of the terms: a `tsquery`.
    let queries: [String]
    /// What holding all words is worth; 1 for no words, so that it can be divided by.
    var total: Double { Double(max(1, self.terms.reduce(0) { $0 + Int($1.weight) })) }

    init(_ reading: Reading, index: WordIndex) {
        self.reading = reading
        var terms: [WordIndex.Term] = []
        var queries: [String] = []
        func add(_ words: [String], _ query: String, isCommon: Bool = false) {
            let holding = Double(index.holding(anyOf: words))
            let weight = WordsScore.weight(profiles: Double(index.profileCount), holding: holding)
            let share = isCommon ? weight / Self.commonShare : weight
            terms.append(WordIndex.Term(words: words, weight: UInt32(clamping: max(1, share))))
            queries.append(query)
        }
        for stems in reading.prefixes {
            guard let prefix = stems.first else { continue }
            // All of them: who wrote one of them since the index was read is found by the query.
            let others = stems.dropFirst()
            add(
                index.words(startingWith: prefix, most: .max) + others,
                ([Self.quoted(prefix) + ":*"] + others.map(Self.quoted)).joined(separator: " | ")
            )
        }
        for (word, isCommon) in zip(reading.words, reading.areCommon).prefix(Self.termsMax - terms.count) {
            // No profile has it: it may be a misspelling of another word.
            let isUnknown = index.holding(anyOf: [word]) == 0
            let words = [word] + (isUnknown ? index.words(speltLike: word, most: Self.spellingsMax) : [])
            add(words, words.map(Self.quoted).joined(separator: " | "), isCommon: isCommon)
        }
        self.terms = terms
        self.queries = queries
    }

    /// The parameters that every statement with words begins with: `SearchStatements.text`.
    var parameters: Parameters {
        Parameters(
            self.queries,
            self.terms.map { Double($0.weight) },
            self.total,
            self.reading.query.required,
            self.reading.query.excluded,
            self.reading.query.words
        )
    }

    /// What passages are marked by.
    var markingQueries: [String] { self.queries }

    /// A lexeme as `tsquery` reads it.
    private static func quoted(_ lexeme: String) -> String {
        var text = "'"
        for scalar in lexeme.unicodeScalars {
            if scalar == "'" || scalar == "\\" { text.unicodeScalars.append(scalar) }
            text.unicodeScalars.append(scalar)
        }
        return text + "'"
    }
}
