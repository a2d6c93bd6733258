import FoundationEssentials
import Testing

@testable import LikenessWords

/// The index against the plain formula, over any history of changes.
@Suite("Index of words") struct WordIndexTests {
    /// What the index must be: every profile with its words, which are their bytes.
    private struct Model {
        private(set) var words: [ProfileID: Set<[UInt8]>] = [:]

        mutating func set(_ profile: ProfileID, _ words: [String]?) {
            self.words[profile] = words.map { Set($0.map { Array($0.utf8) }) }
        }

        func holding(anyOf words: [String]) -> Int {
            let words = words.map { Array($0.utf8) }
            return self.words.values.count { !$0.isDisjoint(with: words) }
        }

        func words(startingWith prefix: String) -> Set<[UInt8]> {
            Set(self.words.values.joined().filter { $0.starts(with: Array(prefix.utf8)) })
        }

        func best(_ terms: [WordIndex.Term], without excluded: [String], count: Int) -> [WordIndex.Found] {
            let found = self.words.compactMap { (profile, words) -> WordIndex.Found? in
                guard words.isDisjoint(with: excluded.map { Array($0.utf8) }) else { return nil }
                let held = terms.filter { term in !words.isDisjoint(with: term.words.map { Array($0.utf8) }) }
                let weight: UInt32 = held.reduce(0) { $0 + $1.weight }
                return weight > 0 ? WordIndex.Found(profile: profile, weight: weight) : nil
            }
            let ordered = found.sorted {
                $0.weight == $1.weight ? $0.profile < $1.profile : $0.weight > $1.weight
            }
            return Array(ordered.prefix(count))
        }
    }

    private static let vocabulary = (0..<60).map { "word\($0)" } + ["é", "e\u{301}", "", "日本", "a\u{0}b"]

    private static func words(_ random: inout Random) -> [String] {
        // The first words are common, the last ones rare.
        let count = Int.random(in: 0...12, using: &random)
        let places = (0..<count).map { _ in
            Int(Double(Self.vocabulary.count) * pow(Double.random(in: 0..<1, using: &random), 2))
        }
        return Set(places).sorted().map { Self.vocabulary[$0] }
    }

    private static func pow(_ value: Double, _ times: Int) -> Double { (0..<times).reduce(1) { one, _ in one * value } }

    @Test("any history of changes: the best are the formula's, in its order", arguments: 0..<20)
    func histories(seed: UInt64) {
        var random = Random(state: seed)
        let profiles = (0..<400).map { _ in Self.id(&random) }
        var model = Model()
        var builder = WordSegmentBuilder()
        for profile in profiles.prefix(Int.random(in: 0...300, using: &random)).sorted() {
            let words = Self.words(&random)
            model.set(profile, words)
            builder.add(profile, words: words)
        }
        var index = WordIndex(builder)
        for _ in 0..<30 {
            let changes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                let isGone = Int.random(in: 0..<4, using: &random) == 0
                return WordIndex.Change(
                    profile: profiles[Int.random(in: profiles.indices, using: &random)],
                    words: isGone ? nil : Self.words(&random)
                )
            }
            index.apply(changes)
            for change in changes { model.set(change.profile, change.words) }
            #expect(index.profileCount == model.words.count)

            let terms = Self.words(&random).map { word in
                let others = Bool.random(using: &random) ? Self.words(&random) : []
                return WordIndex.Term(
                    words: [word] + others.filter { Array($0.utf8) != Array(word.utf8) },
                    weight: UInt32.random(in: 1...5, using: &random)
                )
            }
            let excluded = Bool.random(using: &random) ? Self.words(&random).filter { $0.hasSuffix("9") } : []
            let count = Int.random(in: 0...50, using: &random)
            #expect(
                index.best(terms, without: excluded, count: count) == model.best(terms, without: excluded, count: count)
            )
            let least = UInt32.random(in: 1...6, using: &random)
            let all = model.best(terms, without: excluded, count: .max).filter { $0.weight >= least }
            let most = Int.random(in: 0...60, using: &random)
            let matches = index.matches(terms, without: excluded, holding: least, most: most)
            #expect(matches.count == all.count)
            #expect(matches.sample == Array(all.sorted { $0.profile.sampleKey < $1.profile.sampleKey }.prefix(most)))
            for word in Self.vocabulary {
                // Small segments are made anew at once, so the count is exact here.
                #expect(index.holding(anyOf: [word]) == model.holding(anyOf: [word]))
            }
            let some = Self.words(&random)
            #expect(index.holding(anyOf: some) == model.holding(anyOf: some))
            for prefix in ["word1", "word", "e", "日", "zz"] {
                let found = index.words(startingWith: prefix, most: 1_000)
                #expect(found.count == Set(found.map { Array($0.utf8) }).count)
                #expect(Set(found.map { Array($0.utf8) }) == model.words(startingWith: prefix))
                let counts = found.map { index.holding(anyOf: [$0]) }
                #expect(counts == counts.sorted(by: >))
            }
        }
    }

    @Test("few segments, however many changes come")
    func segments() {
        var random = Random(state: 7)
        var index = WordIndex()
        for _ in 0..<2_000 {
            index.apply([.init(profile: Self.id(&random), words: ["one", "two"])])
        }
        #expect(index.profileCount == 2_000)
        #expect(index.parts.count <= 8)
    }

    @Test("an id keeps its bytes and PostgreSQL's order")
    func identifiers() {
        var random = Random(state: 1)
        let uuids = (0..<200).map { _ in Self.id(&random).uuid }
        #expect(uuids.map { ProfileID($0).uuid } == uuids)
        let texts = uuids.map(\.uuidString).sorted()
        #expect(uuids.map { ProfileID($0) }.sorted().map(\.uuid.uuidString) == texts)
    }

    private static func id(_ random: inout Random) -> ProfileID {
        var bytes = [UInt8](repeating: 0, count: 16)
        for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        return ProfileID(
            UUID(
                uuid: (
                    bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9],
                    bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
                )
            )
        )
    }
}

/// SplitMix64: the same numbers in every run.
private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
