extension BertCharacters {
    /// What the tokenizer does with one scalar of a text.
    enum Action: Equatable {
        case drop
        case separate
        /// Replace it by these scalars, packed like `mappedTo`; itself when nothing replaces it.
        case keep(UInt64)
        /// As `keep`, in a word of its own.
        case keepAlone(UInt64)
    }

    static func action(of scalar: UInt32) -> Action {
        if scalar < 0x80 { return asciiActions[Int(scalar)] }
        if scalar >= 0xAC00 && scalar <= 0xD7A3 { return .keep(self.jamo(ofSyllable: scalar)) }
        if self.contains(self.chinese, scalar) { return .keepAlone(self.replacement(of: scalar)) }
        if self.contains(self.dropped, scalar) { return .drop }
        if self.contains(self.spaces, scalar) { return .separate }
        return .keep(self.replacement(of: scalar))
    }

    /// Whether a scalar, after replacement, is a word of its own.
    static func isIsolated(_ scalar: UInt32) -> Bool {
        scalar < 0x80 ? asciiIsolated[Int(scalar)] : self.contains(self.isolated, scalar)
    }

    private static let asciiActions: [Action] = (0..<0x80 as Range<UInt32>).map { scalar in
        if contains(dropped, scalar) { return .drop }
        if contains(spaces, scalar) { return .separate }
        return .keep(replacement(of: scalar))
    }

    private static let asciiIsolated: [Bool] = (0..<0x80 as Range<UInt32>).map { contains(isolated, $0) }

    /// A Hangul syllable's two or three letters, as canonical decomposition gives them.
    ///
    /// - SeeAlso: The Unicode Standard, section 3.12, "Hangul Syllable Decomposition".
    private static func jamo(ofSyllable scalar: UInt32) -> UInt64 {
        let index = UInt64(scalar - 0xAC00)
        let (lead, vowel, tail) = (0x1100 + index / 588, 0x1161 + index % 588 / 28, index % 28)
        return lead | vowel << 21 | (tail == 0 ? 0 : (0x11A7 + tail) << 42)
    }

    private static func replacement(of scalar: UInt32) -> UInt64 {
        let index = self.mappedFrom.partitioningIndex { $0 >= scalar }
        guard index < self.mappedFrom.count, self.mappedFrom[index] == scalar else { return UInt64(scalar) }
        return self.mappedTo[index]
    }

    /// Whether one of the ranges, given as first, last, first, last…, holds the scalar.
    private static func contains(_ ranges: [UInt32], _ scalar: UInt32) -> Bool {
        let index = ranges.partitioningIndex { $0 >= scalar }
        guard index < ranges.count else { return false }
        return index % 2 == 1 || ranges[index] == scalar
    }
}

extension Array {
    /// The index of the first element for which `isIncluded` holds, in an array where it holds from some point on.
    fileprivate func partitioningIndex(where isIncluded: (Element) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = low + (high - low) / 2
            if isIncluded(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
