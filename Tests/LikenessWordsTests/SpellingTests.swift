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
            for other in all { #expect(WordIndex.isOneError(one, other) == (Self.distance(one, other) == 1)) }
        }
    }

    private static func index(_ words: [[String]]) -> WordIndex {
        var index = WordIndex()
        index.apply(words.map { WordIndex.Change(profile: ProfileID(UUID()), words: $0) })
        return index
    }

    @Test("the commonest of the words that are one error away are found, in any segment")
    func similar() {
        var index = Self.index([
            ["nightingal", "florenc"], ["nightingal"], ["nightingala"], ["knightingal"], ["night"],
        ])
        index.apply([WordIndex.Change(profile: ProfileID(UUID()), words: ["nightingale", "niels"])])
        #expect(index.words(speltLike: "nightingal", most: 5) == ["nightingala", "nightingale"])
        // The second differs from the first by an ending alone.
        #expect(index.words(speltLike: "nightingail", most: 5) == ["nightingal", "nightingale"])
        #expect(index.words(speltLike: "nihgtingal", most: 5) == ["nightingal", "nightingale"])
        #expect(index.words(speltLike: "nighitngal", most: 1) == ["nightingal"])
        #expect(index.words(speltLike: "ightingal", most: 5) == [])
        #expect(index.words(speltLike: "neils", most: 5) == ["niels"])
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
        #expect(index.words(speltLike: typed, most: 5) == [meant])
    }

    @Test("an ending is no room for a second error in what is before it")
    func endingsAreExact() {
        let index = Self.index([["nurs", "charl", "bakeri"]])
        for word in ["nrsue", "chxrxes", "bakin"] { #expect(index.words(speltLike: word, most: 5) == []) }
    }

    @Test("short words, numbers and words with signs are taken as they are")
    func notSimilar() {
        let index = Self.index([["cat", "2019", "c++", "node.js", "ab1d"]])
        for word in ["car", "2018", "c+", "node-js", "ab2d", ""] {
            #expect(index.words(speltLike: word, most: 5) == [])
        }
    }
}
