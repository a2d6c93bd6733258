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
        let parts = self.parts.map { (part: $0, sums: $0.segment.sums(terms, without: excluded)) }
        for (part, sums) in parts {
            for number in sums.indices where sums[number] >= weight && part.isLive(number) { matches.count += 1 }
        }
        // Keys are spread evenly: half as many again as wanted are below this one, or all.
        var share = 1.5 * Double(most) / Double(max(1, matches.count))
        var sample: [(key: UInt64, found: Found)] = []
        repeat {
            let highest = share < 1 ? UInt64(share * 0x1p64) : .max
            sample = []
            for (part, sums) in parts {
                for number in sums.indices where sums[number] >= weight && part.isLive(number) {
                    let profile = part.segment.profiles[number]
                    let key = profile.sampleKey
                    if key <= highest { sample.append((key, Found(profile: profile, weight: sums[number]))) }
                }
            }
            share *= 2
        } while sample.count < min(most, matches.count)
        sample.sort { $0.key < $1.key }
        matches.sample = sample.prefix(most).map(\.found)
        return matches
    }
}
