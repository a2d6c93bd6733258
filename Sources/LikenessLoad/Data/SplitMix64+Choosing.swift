internal import LikenessStatistics

/// Choices that are the same for the same seed, whatever the version of the standard library.
extension SplitMix64 {
    /// A number in `0..<bound`.
    ///
    /// - SeeAlso: Lemire, "Fast Random Integer Generation in an Interval" (2019); the bias of leaving out its second step
    ///   is below 2^-50 for these bounds.
    mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "there is something to choose from")
        return Int(UInt64(bound).multipliedFullWidth(by: self.next()).high)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + self.below(range.count) }

    /// True in `percent` of 100 cases.
    mutating func chance(_ percent: Int) -> Bool { self.below(100) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    /// Several different elements, in random order; all of them when there are not as many.
    mutating func pick<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        var rest = elements
        var picked: [Element] = []
        while picked.count < count, !rest.isEmpty {
            picked.append(rest.remove(at: self.below(rest.count)))
        }
        return picked
    }

    /// A normally distributed number, near enough: the sum of twelve uniform ones.
    mutating func normal() -> Float {
        var sum: Float = -6
        for _ in 0..<6 {
            let bits = self.next()
            sum += Float(bits >> 40) * 0x1p-24 + Float((bits >> 16) & 0xFF_FFFF) * 0x1p-24
        }
        return sum
    }
}
