/// Finds the profiles that hold the most of some words. A value: whoever has one can search it while another is made.
///
/// The profiles stand in a few segments of growing size. A change puts the profile into a new segment and strikes its old
/// entry; small segments are merged with the next larger one, so that a change costs little and a search meets few.
package struct WordIndex: Sendable {
    struct Part: Sendable {
        let segment: WordSegment
        /// One bit for each profile of the segment; 0 where it has been replaced.
        var live: [UInt64]
        var liveCount: Int

        init(_ segment: WordSegment) {
            self.segment = segment
            self.liveCount = segment.profiles.count
            self.live = Array(repeating: .max, count: (segment.profiles.count + 63) / 64)
        }

        func isLive(_ number: Int) -> Bool { self.live[number / 64] & 1 << (number % 64) != 0 }

        func isAnyLive(_ numbers: some Sequence<UInt32>) -> Bool { numbers.contains { self.isLive(Int($0)) } }

        mutating func strike(_ number: Int) {
            guard self.isLive(number) else { return }
            self.live[number / 64] &= ~(1 << (number % 64))
            self.liveCount -= 1
        }
    }

    /// What a profile holds now.
    package struct Change: Sendable {
        package let profile: ProfileID
        /// Each once; `nil` when the profile is gone.
        package let words: [String]?

        package init(profile: ProfileID, words: [String]?) {
            self.profile = profile
            self.words = words
        }
    }

    private(set) var parts: [Part] = []

    package init() {}

    package init(_ builder: WordSegmentBuilder) {
        guard !builder.isEmpty else { return }
        self.parts = [Part(builder.segment())]
    }

    package var profileCount: Int { self.parts.reduce(0) { $0 + $1.liveCount } }

    /// Profile-and-word pairs: what the memory of the index is proportional to, at 4 bytes each.
    package var postingCount: Int { self.parts.reduce(0) { $0 + $1.segment.postingCount } }

    /// How many profiles hold any of some words. Entries that were struck count until their segment is made anew, which is
    /// when they are a twentieth of it.
    package func holding(anyOf words: [String]) -> Int {
        if let word = words.first, words.count == 1 {
            return self.parts.reduce(0) { $0 + $1.segment.holders(of: Word(text: word)).count }
        }
        return self.parts.reduce(0) { $0 + $1.segment.holders(ofAny: words).count }
    }

    /// Whether any profile holds a word now: entries that were struck do not count.
    package func isHeld(_ word: String) -> Bool {
        let word = Word(text: word)
        return self.parts.contains { part in part.isAnyLive(part.segment.holders(of: word)) }
    }

    // MARK: Changes

    /// A segment is made anew when more than one in so many of its entries is struck.
    private static let struckPart = 20
    /// Below so many words in all a segment is made anew with each change.
    package static let smallPostingCount = 100_000
    /// A segment is merged with the one before it unless that is so many times as large.
    private static let growth = 4

    /// - Parameters:
    ///   - changes: Of each profile the last counts.
    ///   - smallPostingCount: For tests of what struck entries do.
    package mutating func apply(_ changes: [Change], smallPostingCount: Int = WordIndex.smallPostingCount) {
        let latest = Dictionary(changes.map { ($0.profile, $0.words) }) { _, later in later }
        for index in self.parts.indices {
            for profile in latest.keys {
                if let number = self.parts[index].segment.number(of: profile) { self.parts[index].strike(number) }
            }
        }
        var builder = WordSegmentBuilder()
        for (profile, words) in latest.sorted(by: { $0.key < $1.key }) {
            if let words { builder.add(profile, words: words) }
        }
        if !builder.isEmpty { self.parts.append(Part(builder.segment())) }
        self.tidy(smallPostingCount)
    }

    private mutating func tidy(_ smallPostingCount: Int) {
        self.parts = self.parts.map { part in
            let struck = part.segment.profiles.count - part.liveCount
            guard struck > 0 else { return part }
            let isWorthIt =
                struck * Self.struckPart > part.segment.profiles.count
                || part.segment.postingCount < smallPostingCount
            return isWorthIt ? Part(WordSegment(merging: [part])) : part
        }
        self.parts.removeAll { $0.liveCount == 0 }
        self.parts.sort { $0.liveCount > $1.liveCount }
        while let last = self.parts.last, let before = self.parts.dropLast().last,
            last.liveCount * Self.growth > before.liveCount
        {
            self.parts.removeLast(2)
            self.parts.append(Part(WordSegment(merging: [before, last])))
        }
    }
}

extension WordSegment {
    /// The live profiles of several parts, none of which shares a profile with another.
    convenience init(merging parts: [WordIndex.Part]) {
        var order: [(profile: ProfileID, part: Int, number: Int)] = []
        for (index, part) in parts.enumerated() {
            for (number, profile) in part.segment.profiles.enumerated() where part.isLive(number) {
                order.append((profile, index, number))
            }
        }
        if parts.count > 1 { order.sort { $0.profile < $1.profile } }
        let gone = UInt32.max
        var renumbered = parts.map { Array(repeating: gone, count: $0.segment.profiles.count) }
        for (number, old) in order.enumerated() { renumbered[old.part][old.number] = UInt32(number) }

        var words: [Word] = []
        var ends: [Int] = []
        var numbers: [UInt32] = []
        var places = Array(repeating: 0, count: parts.count)
        while true {
            var next: Word?
            for (index, part) in parts.enumerated() where places[index] < part.segment.words.count {
                let word = part.segment.words[places[index]]
                if next.map({ word < $0 }) ?? true { next = word }
            }
            guard let next else { break }
            let start = numbers.count
            var sources = 0
            for (index, part) in parts.enumerated()
            where places[index] < part.segment.words.count && part.segment.words[places[index]] == next {
                sources += 1
                for number in part.segment.holders(at: places[index]) {
                    let new = renumbered[index][Int(number)]
                    if new != gone { numbers.append(new) }
                }
                places[index] += 1
            }
            guard numbers.count > start else { continue }
            if sources > 1 { numbers[start...].sort() }
            words.append(next)
            ends.append(numbers.count)
        }
        self.init(profiles: order.map(\.profile), words: words, ends: ends, numbers: numbers)
    }
}
