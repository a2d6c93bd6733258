internal import LikenessMessages
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
        /// Words of phrases: they are meant as they are written.
        let phraseWords: Set<String>
        /// For a word as it is stored how the text writes it, without accents and in small letters.
        private let written: [String: [String]]
        /// For each word with a star what its words can begin with, and after that what they can be besides.
        let prefixes: [[String]]

        /// How many different words the text has.
        var wordCount: Int { self.prefixes.count + self.words.count }

        /// Parameters: `$1` words (text), `$2` exclusions (text[]), `$3` prefixes (text[]), `$4` phrases (text[]).
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
                ),
                ARRAY(SELECT unnest(tsvector_to_array(words_of(r.phrase))) FROM unnest($4::text[]) AS r (phrase)),
                ARRAY(
                    SELECT w.lexeme || ' ' || r.written
                    FROM (
                        SELECT lower(m.found[1]) AS written
                        FROM regexp_matches(fold_forms(left($1, \(SearchWords.writtenMax))), '([[:alnum:]]{4,40})', 'g')
                            WITH ORDINALITY AS m (found, place)
                        GROUP BY lower(m.found[1]) ORDER BY min(m.place) LIMIT \(SearchWords.termsMax)
                    ) AS r, unnest(to_tsvector('public.likeness_words', r.written)) AS w
                )
            """,
            [.text, .textArray, .textArray, .textArray]
        )

        static func parameters(_ query: WordsQuery) -> Parameters {
            Parameters(query.words, query.excluded, query.prefixes, query.required)
        }

        init(_ query: WordsQuery, _ result: borrowing QueryResult) throws(DatabaseError) {
            self.query = query
            self.words = try result.value(0, 0)
            self.areCommon = try result.value(0, 1)
            self.excludedWords = try result.value(0, 2)
            self.prefixes = try result.value(0, 3, as: [String].self).map { $0.split(separator: " ").map(String.init) }
            self.phraseWords = Set(try result.value(0, 4, as: [String].self))
            let written = try result.value(0, 5, as: [String].self).map { $0.split(separator: " ").map(String.init) }
            self.written = Dictionary(grouping: written) { $0.first ?? "" }.mapValues { $0.compactMap(\.last) }
        }

        /// Words that begin with one as the text writes it, of which much is cut: "nightingal" for "night", if that is written "nighting".
        func begun(_ word: String, in index: WordIndex, most: Int) -> [WordIndex.Similar] {
            Array(self.cut(word).flatMap { index.words(begunAs: $0, most: most) }.prefix(most))
        }

        /// How the text writes a word of which much is cut.
        func cut(_ word: String) -> [String] {
            self.written[word, default: []].filter {
                $0.hasPrefix(word) && $0.utf8.count - word.utf8.count >= SearchWords.cutMin
            }
        }

        /// Whether words are looked for by what resembles them: an index that has seen more may know others that do.
        func isGuessed(in index: WordIndex) -> Bool {
            zip(self.words, self.areCommon).contains { word, isCommon in
                !isCommon && !self.phraseWords.contains(word) && (!index.isHeld(word) || !self.cut(word).isEmpty)
            }
        }

        /// Words that are written with signs where the text writes one of its words without: "node.js" for "nodejs".
        func joined(_ word: String, in index: WordIndex) -> [String] {
            self.written[word, default: []].flatMap { index.words(joinedAs: $0) }
        }
    }

    /// A word of the text, and what it is looked for by.
    struct Asked: Sendable {
        /// With a star where words that begin so are meant.
        let word: String
        var isCommon = false
        /// What is looked for beside it: each with what having it counts of the word, 0...1.
        var spellings: [(word: String, share: Double)] = []
        /// In its place, as no profile has it.
        var isReplaced = false
        /// Which of `SearchWords.terms` are its: what they weigh together is what the word weighs.
        let terms: Range<Int>
    }

    /// Different words of a text that are read; the rest is reported as not used.
    static let termsMax = 60
    /// Words that are looked for in place of one that no profile has.
    private static let spellingsMax = 5
    /// Characters of a text in which how words are written is looked at: the words that count are among the first.
    fileprivate static let writtenMax = 20_000
    /// Bytes of an ending that are many to cut.
    fileprivate static let cutMin = 3
    /// Words of a text that others are looked for in place of, whether there are any: each costs a look at all words that there are.
    static let looksMax = 8
    /// A stop word weighs so many times less than another one.
    private static let commonShare: Int64 = 10

    let reading: Reading
    let asked: [Asked]
    let terms: [WordIndex.Term]
    /// What asks for each of the terms: a `tsquery`.
    let queries: [String]
    /// What holding all words is worth; 1 for no words, so that it can be divided by.
    var total: Double { Double(max(1, self.terms.reduce(0) { $0 + Int($1.weight) })) }

    init(_ reading: Reading, index: WordIndex) {
        self.reading = reading
        var terms: [WordIndex.Term] = []
        var queries: [String] = []
        func weight(of words: [String], isCommon: Bool = false) -> UInt32 {
            let holding = Double(index.holding(anyOf: words))
            let weight = WordsScore.weight(profiles: Double(index.profileCount), holding: holding)
            return UInt32(clamping: max(1, isCommon ? weight / Self.commonShare : weight))
        }
        func add(_ words: [String], _ query: String, _ weight: UInt32) {
            terms.append(WordIndex.Term(words: words, weight: weight))
            queries.append(query)
        }
        var asked: [Asked] = []
        for stems in reading.prefixes {
            guard let prefix = stems.first else { continue }
            // All of them: who wrote one of them since the index was read is found by the query.
            let others = stems.dropFirst()
            let words = index.words(startingWith: prefix, most: .max) + others
            let query = ([Self.quoted(prefix) + ":*"] + others.map(Self.quoted)).joined(separator: " | ")
            asked.append(Asked(word: prefix + "*", terms: terms.count..<terms.count + 1))
            add(words, query, weight(of: words))
        }
        var looks = 0
        for (word, isCommon) in zip(reading.words, reading.areCommon).prefix(Self.termsMax - asked.count) {
            let first = terms.count
            // One word, however it is written.
            let others = reading.phraseWords.contains(word) ? [] : reading.joined(word, in: index) + Decade.years(word)
            let forms = [word] + others
            var similar: [WordIndex.Similar] = []
            var isReplaced = false
            if !isCommon, !reading.phraseWords.contains(word) {
                similar = reading.begun(word, in: index, most: Self.spellingsMax)
                if looks < Self.looksMax, forms.count == 1, WordIndex.isCompared(word), !index.isHeld(word) {
                    looks += 1
                    let others = index.words(similarTo: word, most: Self.spellingsMax)
                    similar += others.filter { other in !similar.contains { $0.word == other.word } }
                    similar = Array(similar.sorted { $0.similarity > $1.similarity }.prefix(Self.spellingsMax))
                    isReplaced = !similar.isEmpty
                }
            }
            let spellings = similar.map { (word: $0.word, share: $0.similarity.squareRoot()) }
            let whole = weight(of: forms + spellings.map(\.word), isCommon: isCommon)
            // What a profile has of the word is what the most similar one that it has counts. As a sum: of having any of the first n, for each n,
            // what these count more than the next.
            let counts = [whole] + spellings.map { UInt32((Double(whole) * $0.share).rounded()) } + [0]
            var words: [String] = []
            for (place, some) in ([forms] + spellings.map { [$0.word] }).enumerated() {
                words += some
                guard counts[place] > counts[place + 1] else { continue }
                add(words, words.map(Self.quoted).joined(separator: " | "), counts[place] - counts[place + 1])
            }
            asked.append(
                Asked(
                    word: word,
                    isCommon: isCommon,
                    spellings: spellings,
                    isReplaced: isReplaced,
                    terms: first..<terms.count
                )
            )
        }
        self.asked = asked
        self.terms = terms
        self.queries = queries
    }

    /// As answers tell of them.
    var replaced: [ReplacedWord] {
        self.asked.filter(\.isReplaced).map {
            ReplacedWord(word: $0.word, spellings: $0.spellings.map(\.word))
        }
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
