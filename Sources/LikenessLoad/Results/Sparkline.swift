/// A row of small bars.
package enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The last values, at most `width`; the highest reaches the top, and 0 is the bottom.
    package static func text(_ values: [Double], width: Int) -> String {
        let shown = values.suffix(width)
        guard let highest = shown.max(), highest > 0 else { return String(repeating: "▁", count: shown.count) }
        return String(
            shown.map { value in
                Self.bars[min(Self.bars.count - 1, Int(max(value, 0) / highest * Double(Self.bars.count - 1) + 0.5))]
            }
        )
    }
}
