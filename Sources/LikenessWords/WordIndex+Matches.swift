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
        var highest = UInt64.max
        func keepLowest() {
            sample.sort { $0.key < $1.key }
            guard sample.count > most else { return }
            sample.removeLast(sample.count - most)
            highest = sample.last?.key ?? 0
        }
        for part in self.parts {
            let sums = part.segment.sums(terms, without: excluded)
            for number in sums.indices where sums[number] >= weight && part.isLive(number) {
                matches.count += 1
                let profile = part.segment.profiles[number]
                let key = profile.sampleKey
                guard key <= highest else { continue }
                sample.append((key, Found(profile: profile, weight: sums[number])))
                if sample.count > 4 * most { keepLowest() }
            }
        }
        keepLowest()
        matches.sample = sample.map(\.found)
        return matches
    }
}
