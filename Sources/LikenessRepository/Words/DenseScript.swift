/// Scripts that are written without spaces, and Hangul, whose words carry endings: they are searched by pairs of letters.
enum DenseScript {
    /// The letters of `dense_letter` in `migrations/0011_words.sql`, the signs on them included.
    private static let ranges: [ClosedRange<UInt32>] = [
        0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3041...0x30FF, 0x3400...0x4DBF,
        0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0x20000...0x3FFFF,
    ]

    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x0E00 && self.ranges.contains { $0.contains(scalar.value) }
    }
}
