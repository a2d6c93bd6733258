/// A row of small bars.
package enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// All values: where there are more than `width`, each bar is the highest of several, or the lowest.
    package static func text(ofAll values: [Double], width: Int, showsLowest: Bool = false) -> String {
        let share = (values.count + width - 1) / max(width, 1)
        guard share > 1 else { return self.text(values, width: width) }
        let bars = stride(from: 0, to: values.count, by: share).map { start in
            let several = values[start..<min(start + share, values.count)]
            return (showsLowest ? several.min() : several.max()) ?? 0
        }
        return self.text(bars, width: width)
    }

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
