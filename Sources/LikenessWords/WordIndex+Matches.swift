extension WordIndex {
    /// All that hold enough of some terms.
    package struct Matches: Sendable {
        /// How many there are.
        package fileprivate(set) var count = 0
        /// All of them, or a sample: those with the lowest `ProfileID.sampleKey`, in that order.
        package fileprivate(set) var sample: [Found] = []

        /// None.
        package init() {}
    }

    /// - Parameters:
    ///   - terms: As for ``best(_:without:count:)``.
    ///   - excluded: Words that none of them may hold.
    ///   - weight: The least sum of weights; at least 1.
    ///   - most: Of more than so many a sample of this size is taken.
    package func matches(
        _ terms: [Term],
        without excluded: [String] = [],
        holding weight: UInt32,
        most: Int
    ) -> Matches {
        var matches = Matches()
        var sample: [(key: UInt64, found: Found)] = []
        for part in self.parts {
            let sums = part.segment.sums(terms, without: excluded)
            let count = part.count(sums, holding: weight)
            matches.count += count
            for number in part.first(min(most, count), sums, holding: weight) {
                let profile = part.segment.profiles[number]
                sample.append((profile.sampleKey, Found(profile: profile, weight: sums[number])))
            }
        }
        if self.parts.count > 1 { sample.sort { $0.key < $1.key } }
        matches.sample = sample.prefix(most).map(\.found)
        return matches
    }
}

extension WordIndex.Part {
    /// How many of its profiles are live and have so much of the sums.
    fileprivate func count(_ sums: [UInt32], holding weight: UInt32) -> Int {
        let (sums, live) = (sums.span, self.live.span)
        var count = 0
        for number in sums.indices where sums[number] >= weight && live[number / 64] & 1 << (number % 64) != 0 {
            count += 1
        }
        return count
    }

    /// The first of those in the order of samples.
    fileprivate func first(_ most: Int, _ sums: [UInt32], holding weight: UInt32) -> [Int] {
        var first: [Int] = []
        guard most > 0 else { return first }
        let (sums, live) = (sums.span, self.live.span)
        for number in self.segment.sampleOrder {
            let number = Int(number)
            guard sums[number] >= weight, live[number / 64] & 1 << (number % 64) != 0 else { continue }
            first.append(number)
            if first.count == most { break }
        }
        return first
    }
}
