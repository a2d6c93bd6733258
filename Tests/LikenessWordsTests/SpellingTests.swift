import FoundationEssentials
import Testing

@testable import LikenessWords

@Suite("Spelling") struct SpellingTests {
    /// The optimal string alignment distance, by its definition.
    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var rows = [Array(0...other.count)]
        for i in 0..<one.count {
            var row = [i + 1]
            for j in 0..<other.count {
                var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }

    @Test("one error is a distance of one, for all words of up to five letters out of two")
    func distances() {
        var words: [[Unicode.Scalar]] = [[]]
        for _ in 0..<5 { words += words.flatMap { word in [word + ["a"], word + ["é"]] } }
        let all = Array(Set(words.map { String(String.UnicodeScalarView($0)) })).map { Array($0.unicodeScalars) }
        for one in all {
            for other in all { #expect(AskedWord.isOneError(one, other) == (Self.distance(one, other) == 1)) }
        }
    }

    private static func index(_ words: [[String]]) -> WordIndex {
        var index = WordIndex()
        index.apply(words.map { WordIndex.Change(profile: ProfileID(UUID()), words: $0) })
        return index
    }

    private static func spellings(_ word: String, _ index: WordIndex, most: Int = 5) -> [String] {
        index.words(similarTo: word, most: most).filter { $0.similarity == 1 }.map(\.word)
    }

    @Test("words that are one error away are found, in any segment")
    func similar() {
        var index = Self.index([
            ["nightingal", "florenc"], ["nightingal"], ["nightingala"], ["knightingal"], ["night"],
        ])
        index.apply([WordIndex.Change(profile: ProfileID(UUID()), words: ["nightingale", "niels"])])
        #expect(Self.spellings("nightingal", index) == ["nightingala", "nightingale"])
        // The second differs from the first by an ending alone.
        #expect(Set(Self.spellings("nightingail", index)) == ["nightingal", "nightingale"])
        #expect(Set(Self.spellings("nihgtingal", index)) == ["nightingal", "nightingale"])
        #expect(index.words(similarTo: "nighitngal", most: 1).map(\.word) == ["nightingal"])
        // The first letter is another one: it is only similar.
        #expect(Self.spellings("ightingal", index) == [])
        #expect(index.words(similarTo: "ightingal", most: 1).map(\.word) == ["nightingal"])
        #expect(Self.spellings("neils", index) == ["niels"])
    }

    /// The first is what the stemmer leaves of the misspelt word, the second of the word that is meant.
    @Test(
        "an error may change what the stemmer cuts",
        arguments: [
            ("chrles", "charl"),  // Chrles, Charles
            ("frances", "franc"),  // Frances, France
            ("dorothi", "doroti"),  // Dorothy, Doroty
            ("marconi", "marcon"),
        ]
    )
    func endings(typed: String, meant: String) {
        let index = Self.index([[meant, "chart", "chalk", "market", "doric"]])
        #expect(Self.spellings(typed, index) == [meant])
    }

    @Test("an ending is no room for a second error in what is before it")
    func endingsAreExact() {
        let index = Self.index([["nurs", "charl", "bakeri"]])
        for word in ["nrsue", "chxrxes", "bakin"] { #expect(Self.spellings(word, index) == []) }
    }

    @Test("two errors resemble less than one, in words of five letters or more")
    func twoErrors() {
        let index = Self.index([["elizabeth", "harvey", "barton", "clark", "mari", "nurs", "zürich"]])
        for (typed, meant) in [
            ("elizrbeh", "elizabeth"), ("hravye", "harvey"), ("bratno", "barton"), ("klark", nil), ("cxarl", "clark"),
            ("mrxi", nil), ("nxrz", nil), ("zrüich", "zürich"), ("zrxich", "zürich"), ("exizrbeq", nil),
        ] {
            let found = index.words(similarTo: typed, most: 5).filter { $0.similarity >= 0.4 }
            #expect(found.map(\.word) == (meant.map { [$0] } ?? []), "\(typed) \(found)")
        }
        #expect(index.words(similarTo: "elizrbeh", most: 5).map(\.similarity) == [0.4])
    }

    @Test("the distance is that of its definition")
    func distance() {
        var random = SystemRandomNumberGenerator()
        let words = Self.words(60, &random).map { Array($0.unicodeScalars) }
        for one in words {
            for other in words { #expect(AskedWord.distance(one, other) == Self.distance(one, other)) }
        }
    }

    @Test("letters tell words that are far from each other in any alphabet, and no others")
    func letters() throws {
        var random = SystemRandomNumberGenerator()
        for alphabet in [
            "abcdfghjklmnopqrtuvwx", "абвгдежзиклмнопрстуфхцч", "αβγδεζηθικλμνξοπρστυφχψ", "აბგდევზთიკლმნოპჟრსტუფქღ",
        ] {
            let letters = Array(alphabet)
            func letter() -> Character { letters.randomElement(using: &random) ?? "a" }
            let words = (0..<200).map { _ in String((0..<9).map { _ in letter() }) }
            var passed = 0
            for word in words {
                let asked = try #require(AskedWord(word))
                for other in words where other != word && asked.mayBeTwoErrors(from: other) { passed += 1 }
                var other = Array(word)
                for _ in 0..<2 {
                    let place = Int.random(in: 1..<other.count, using: &random)
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: other.insert(letter(), at: place)
                    case 1: other.remove(at: place)
                    case 2 where place + 1 < other.count: other.swapAt(place, place + 1)
                    default: other[place] = letter()
                    }
                }
                let distance = Self.distance(Array(word.unicodeScalars), Array(String(other).unicodeScalars))
                #expect(asked.isTwoErrors(from: String(other)) == (distance <= 2), "\(word) \(String(other))")
            }
            #expect(passed < 200 * 200 / 20, "\(alphabet): \(passed)")
        }
    }

    @Test("a word is what stands behind its first letter, where that is a word too")
    func initials() {
        let index = Self.index([["o", "brien", "d", "angelo"], ["obrist", "range"]])
        #expect(Self.spellings("obrien", index) == ["brien"])
        #expect(Self.spellings("dangelo", index) == ["angelo"])
        #expect(Self.spellings("lbrien", index) == [])
        #expect(Self.spellings("orange", Self.index([["range"]])) == [])
    }

    @Test("words are the same without the signs between their parts, in any segment")
    func joined() {
        var index = Self.index([
            [
                "node.js", "ci/cd", "iso-27001", "c++", ".net", "1.5-2", "a.b", "nodejs", "no-dejs", "r&d", "3-d.x",
                "é-tude",
            ]
        ])
        index.apply([WordIndex.Change(profile: ProfileID(UUID()), words: ["node-js", "node.js"])])
        #expect(index.words(joinedAs: "nodejs") == ["no-dejs", "node-js", "node.js"])
        #expect(index.words(joinedAs: "cicd") == ["ci/cd"] && index.words(joinedAs: "iso27001") == ["iso-27001"])
        #expect(index.words(joinedAs: "étude") == ["é-tude"])
        for none in ["net", "dotnet", "c", "152", "ab", "rd", "3dx", "node.js", "", "zzzz"] {
            #expect(index.words(joinedAs: none) == [], "\(none)")
        }
        var gone = WordIndex()
        let profile = ProfileID(UUID())
        gone.apply([.init(profile: profile, words: ["front-end"]), .init(profile: ProfileID(UUID()), words: ["x"])])
        gone.apply([.init(profile: profile, words: nil)])
        #expect(gone.words(joinedAs: "frontend") == [])
    }

    @Test("short words, numbers and words with signs are taken as they are")
    func notSimilar() {
        let index = Self.index([["cat", "cats", "2019", "c++", "node.js", "nodejs", "ab1d", "abcd"]])
        for word in ["car", "2018", "c+", "node-js", "ab2d", ""] {
            #expect(index.words(similarTo: word, most: 5) == [])
        }
        #expect(index.words(similarTo: "nodej", most: 5).map(\.word) == ["nodejs"])
    }

    @Test("words that begin with the word, and those with many of its trigrams, in their order")
    func trigrams() {
        let index = Self.index([["lovelac", "lovel", "love", "glove", "lovable", "world"], ["love", "rest"]])
        let found = index.words(similarTo: "lovela", most: 5)
        // Each begins with it, or is an error away: "lovel" by a letter.
        #expect(found.map(\.word) == ["lovelac", "lovel", "love"])
        #expect(found.map(\.similarity).prefix(2) == [1, 1])
        // "  l", " lo", "lov", "ove" of 7 and 5 trigrams.
        #expect(abs((found.dropFirst(2).first?.similarity ?? 0) - 4.0 / 8) < 1e-12)
        let begun = index.words(similarTo: "worl", most: 1)
        #expect(begun == [.init(word: "world", similarity: 1)])
        let far = Self.index([["internationalisation", "international"]]).words(similarTo: "intern", most: 5)
        #expect(far.map(\.word) == ["international", "internationalisation"])
        #expect(far.allSatisfy { $0.similarity == 0.8 })
    }

    /// Words out of few letters resemble each other often.
    private static func words(_ count: Int, _ random: inout some RandomNumberGenerator) -> [String] {
        (0..<count).map { _ in
            let letters: [Character] =
                Bool.random(using: &random) ? ["a", "b", "c", "e", "s"] : ["a", "é", "ш", "𐐨", "s", "y"]
            let root = (0..<Int.random(in: 2...6, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? "a"
            }
            let end = (0..<Int.random(in: 2...6, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? "a"
            }
            return String(root + end)
        }
    }

    @Test("nothing similar is left out by signatures, and no error by the letters that are looked at first")
    func filters() throws {
        var random = SystemRandomNumberGenerator()
        let words = Self.words(400, &random)
        var (passed, all, similar, errors) = (0, 0, 0, 0)
        for word in words {
            let asked = try #require(AskedWord(word))
            let filter = WordTrigrams.Filter(asked.trigrams, similarity: AskedWord.similarityMin)
            let own = try #require(WordTrigrams(word))
            // An error of the word itself, too: random words are seldom so near.
            var changed = Array(word)
            let place = Int.random(in: 1..<changed.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: changed[place] = "x"
            case 1: changed.insert("x", at: place)
            default: changed.swapAt(place, max(1, place - 1))
            }
            for other in words + [String(changed)] {
                let signature = WordTrigrams.signature(of: other)
                let trigrams = try #require(WordTrigrams(other))
                all += 1
                passed += filter.mayPass(signature) ? 1 : 0
                if own.similarity(to: trigrams) >= AskedWord.similarityMin {
                    similar += 1
                    #expect(filter.mayPass(signature), "\(word) \(other)")
                }
                if asked.isOneError(from: Array(other.unicodeScalars)) {
                    errors += 1
                    #expect(asked.mayBeOneError(from: other), "\(word) \(other)")
                }
            }
        }
        #expect(similar > 400 && errors > 200 && passed < all * 3 / 4, "\(similar) \(errors) \(passed) of \(all)")
    }

    @Test("what is found is what comparing with all words finds, over any segments")
    func brute() throws {
        var random = SystemRandomNumberGenerator()
        let words = Array(Set(Self.words(300, &random)))
        var index = Self.index([Array(words.prefix(200))])
        index.apply([WordIndex.Change(profile: ProfileID(UUID()), words: Array(words.dropFirst(150)))])
        for word in words.prefix(60) + Self.words(60, &random) {
            let asked = try #require(AskedWord(word))
            var all: [(word: Word, likeness: AskedWord.Likeness)] = []
            for other in words where Word(text: other) != Word(text: word) {
                let shared = asked.trigrams.similarity(to: try #require(WordTrigrams(other)))
                let isBegun = Word(text: other).hasPrefix(Word(text: word))
                let isAlike = other.unicodeScalars.first == word.unicodeScalars.first
                if let likeness = asked.likeness(
                    to: other,
                    shared: shared,
                    isBegun: isBegun,
                    isAlike: isAlike,
                    isJoined: false
                ) {
                    all.append((Word(text: other), likeness))
                }
            }
            all.sort { $0.likeness == $1.likeness ? $0.word < $1.word : $0.likeness > $1.likeness }
            for most in [1, 5, 400] {
                let found = index.words(similarTo: word, most: most)
                #expect(found.map { Word(text: $0.word) } == all.prefix(most).map(\.word), "\(word) \(most)")
                #expect(found.map(\.similarity) == all.prefix(most).map(\.likeness.similarity))
            }
        }
    }

    @Test("words that no profile has any more are neither held nor found, also before their segment is made anew")
    func struck() {
        let gone = ProfileID(UUID())
        var index = WordIndex()
        let others = (0..<100).map { WordIndex.Change(profile: ProfileID(UUID()), words: ["nightingal", "n\($0)"]) }
        let last = WordIndex.Change(profile: gone, words: ["zyxomanc", "nightingala"])
        index.apply(others + [last], smallPostingCount: 0)
        #expect(index.isHeld("zyxomanc"))
        #expect(index.words(similarTo: "zyxomanci", most: 5).map(\.word) == ["zyxomanc"])

        index.apply([WordIndex.Change(profile: gone, words: nil)], smallPostingCount: 0)
        // The segment is the old one.
        #expect(index.holding(anyOf: ["zyxomanc"]) == 1)
        #expect(!index.isHeld("zyxomanc") && index.isHeld("nightingal"))
        #expect(index.words(similarTo: "zyxomanci", most: 5) == [])
        #expect(index.words(similarTo: "nightingall", most: 5).map(\.word) == ["nightingal"])
    }

    @Test("words of more than 32 letters are compared with none")
    func long() {
        let word = String(repeating: "abcdefgh", count: 4)
        let index = Self.index([[word, word + "x", String(word.dropLast())]])
        #expect(index.words(similarTo: word, most: 5).map(\.word) == [String(word.dropLast())])
        #expect(WordIndex.isCompared(word) && !WordIndex.isCompared(word + "x") && !WordIndex.isCompared("abc"))
        #expect(index.words(similarTo: word + "y", most: 5) == [])
    }
}
