/// Which profiles hold which words: an inverted file that never changes.
///
/// Profiles are numbered in the order of their ids. The numbers of those that hold a word stand in ascending order, those
/// of all words one behind the other.
final class WordSegment: Sendable {
    let profiles: [ProfileID]
    /// Ascending.
    let words: [Word]
    /// For each of them the bits that `WordTrigrams.Filter` compares.
    let signatures: [UInt64]
    /// The places of words that are joined from parts by signs, in the order of what they are without those.
    private let joined: [UInt32]
    /// Where the numbers of each word end in `numbers`; they begin where those of the word before end.
    private let ends: [Int]
    private let numbers: [UInt32]
    /// The numbers of all profiles, by ascending `ProfileID.sampleKey`: the first of some that stand here are a sample of them.
    let sampleOrder: [UInt32]

    init(profiles: [ProfileID], words: [Word], ends: [Int], numbers: [UInt32]) {
        self.profiles = profiles
        let keys = profiles.map(\.sampleKey)
        self.sampleOrder = keys.indices.map(UInt32.init).sorted { keys[Int($0)] < keys[Int($1)] }
        self.words = words
        self.signatures = words.map { WordTrigrams.signature(of: $0.text) }
        self.joined = words.enumerated().compactMap { place, word in
            word.joined.map { (word: $0, place: UInt32(place)) }
        }.sorted { ($0.word, $0.place) < ($1.word, $1.place) }.map(\.place)
        self.ends = ends
        self.numbers = numbers
    }

    var postingCount: Int { self.numbers.count }

    /// The number of a profile; `nil` when it is not here.
    func number(of profile: ProfileID) -> Int? { self.profiles.place(of: profile) }

    /// The numbers of the profiles that hold a word.
    func holders(of word: Word) -> ArraySlice<UInt32> {
        guard let place = self.words.place(of: word) else { return [] }
        return self.holders(at: place)
    }

    /// The numbers of the profiles that hold any of some words, ascending.
    func holders(ofAny words: [String]) -> [Int] {
        var isHolder = [Bool](repeating: false, count: self.profiles.count)
        for word in words { for number in self.holders(of: Word(text: word)) { isHolder[Int(number)] = true } }
        return isHolder.indices.filter { isHolder[$0] }
    }

    /// The places of the words that without their signs are another one.
    func places(joinedAs word: String) -> some Sequence<Int> {
        let word = Word(text: word)
        func isBefore(_ place: UInt32) -> Bool { self.words[Int(place)].joined.map { $0 < word } ?? true }
        let first = self.joined.partition(where: isBefore)
        return self.joined[first...].lazy.map { Int($0) }.prefix { self.words[$0].joined == word }
    }

    func holders(at place: Int) -> ArraySlice<UInt32> {
        self.numbers[(place == 0 ? 0 : self.ends[place - 1])..<self.ends[place]]
    }
}

extension Array {
    /// Where the first element stands for which a condition no longer holds, that holds for those before it.
    func partition(where isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Array where Element: Comparable {
    /// Where an element stands in an ascending array.
    fileprivate func place(of element: Element) -> Int? {
        let place = self.partition { $0 < element }
        return place < self.count && self[place] == element ? place : nil
    }
}

/// Collects profiles for a segment.
package struct WordSegmentBuilder: Sendable {
    private var profiles: [ProfileID] = []
    private var places: [Word: Int] = [:]
    private var holders: [[UInt32]] = []

    package init() {}

    package var isEmpty: Bool { self.profiles.isEmpty }

    /// - Parameters:
    ///   - profile: Each once, in ascending order.
    ///   - words: Each once.
    package mutating func add(_ profile: ProfileID, words: [String]) {
        precondition(self.profiles.last.map { $0 < profile } ?? true, "profiles are added in ascending order")
        let number = UInt32(self.profiles.count)
        self.profiles.append(profile)
        for word in words { self.holders[self.place(of: Word(text: word))].append(number) }
    }

    private mutating func place(of word: Word) -> Int {
        if let place = self.places[word] { return place }
        self.places[word] = self.holders.count
        self.holders.append([])
        return self.holders.count - 1
    }

    func segment() -> WordSegment {
        let words = self.places.keys.sorted()
        var ends: [Int] = []
        var numbers: [UInt32] = []
        ends.reserveCapacity(words.count)
        numbers.reserveCapacity(self.holders.reduce(0) { $0 + $1.count })
        for word in words {
            if let place = self.places[word] { numbers += self.holders[place] }
            ends.append(numbers.count)
        }
        return WordSegment(profiles: self.profiles, words: words, ends: ends, numbers: numbers)
    }
}
