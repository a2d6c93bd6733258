extension WordIndex {
    /// A word of a query and what holding it is worth.
    package struct Term: Sendable, Hashable {
        /// Each once; holding any of them is holding the term.
        package let words: [String]
        package let weight: UInt32

        package init(words: [String], weight: UInt32) {
            self.words = words
            self.weight = weight
        }
    }

    package struct Found: Sendable, Hashable {
        package let profile: ProfileID
        /// The sum of the weights of the terms that it holds.
        package let weight: UInt32
    }

    /// The profiles with the largest sums of weights, equal ones by ascending id.
    ///
    /// Every holder of every word is looked at: a hundred thousand holders take a fraction of a millisecond, which no way of
    /// skipping some of them has bettered at a million sections (`docs/decisions/word-index.md`).
    ///
    /// - Parameters:
    ///   - terms: With different words, the sum of whose weights is less than 2³².
    ///   - excluded: Words that none of them may hold.
    ///   - count: At most so many are returned, of those with a sum above 0.
    package func best(_ terms: [Term], without excluded: [String] = [], count: Int) -> [Found] {
        var best = BestFound(count: count)
        for part in self.parts {
            let sums = part.segment.sums(terms, without: excluded)
            for number in sums.indices where sums[number] > 0 && sums[number] >= best.least && part.isLive(number) {
                best.add(Found(profile: part.segment.profiles[number], weight: sums[number]))
            }
        }
        return best.sorted()
    }
}

extension WordSegment {
    /// What each profile holds of some terms, by its number; 0 for those that hold an excluded word.
    func sums(_ terms: [WordIndex.Term], without excluded: [String]) -> [UInt32] {
        var sums = [UInt32](repeating: 0, count: self.profiles.count)
        for term in terms {
            if let word = term.words.first, term.words.count == 1 {
                sums.add(term.weight, at: self.holders(of: Word(text: word)))
            } else {
                for number in self.holders(ofAny: term.words) { sums[number] &+= term.weight }
            }
        }
        for word in excluded { sums.clear(at: self.holders(of: Word(text: word))) }
        return sums
    }
}

extension [UInt32] {
    fileprivate mutating func add(_ weight: UInt32, at places: ArraySlice<UInt32>) {
        // Through a span: each write to an array checks first whether its storage is shared.
        var sums = self.mutableSpan
        for place in places { sums[Int(place)] &+= weight }
    }

    fileprivate mutating func clear(at places: ArraySlice<UInt32>) {
        for place in places { self[Int(place)] = 0 }
    }
}

/// The best of what is added, in a heap whose root is the worst of them.
private struct BestFound {
    private let count: Int
    private var heap: [WordIndex.Found] = []

    init(count: Int) { self.count = count }

    /// What has less is not among the best.
    private(set) var least: UInt32 = 0

    mutating func add(_ found: WordIndex.Found) {
        guard self.count > 0 else { return }
        if self.heap.count < self.count {
            self.heap.append(found)
            var place = self.heap.count - 1
            while place > 0, Self.isWorse(self.heap[place], than: self.heap[(place - 1) / 2]) {
                self.heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
        } else {
            guard Self.isWorse(self.heap[0], than: found) else { return }
            self.heap[0] = found
            var place = 0
            while true {
                var worst = place
                for child in [2 * place + 1, 2 * place + 2] where child < self.heap.count {
                    if Self.isWorse(self.heap[child], than: self.heap[worst]) { worst = child }
                }
                guard worst != place else { break }
                self.heap.swapAt(place, worst)
                place = worst
            }
        }
        if self.heap.count == self.count { self.least = self.heap[0].weight }
    }

    func sorted() -> [WordIndex.Found] { self.heap.sorted { Self.isWorse($1, than: $0) } }

    private static func isWorse(_ one: WordIndex.Found, than other: WordIndex.Found) -> Bool {
        one.weight == other.weight ? one.profile > other.profile : one.weight < other.weight
    }
}
