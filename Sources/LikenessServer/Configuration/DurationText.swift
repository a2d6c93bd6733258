/// Durations as people write them in a configuration: a number and a unit, as in `30s`.
package enum DurationText {
    /// Parses `250ms`, `30s`, `10m` or `2h`; fractions as in `1.5s`.
    ///
    /// - Returns: `nil` when the text has another form or is negative.
    package static func parse(_ text: String) -> Duration? {
        for (unit, milliseconds) in [("ms", 1.0), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        where text.hasSuffix(unit) {
            let number = text.dropLast(unit.count)
            guard let first = number.first, first.isNumber, let value = Double(number), value.isFinite,
                value * milliseconds < 1e15
            else { return nil }
            return .microseconds(Int64(value * milliseconds * 1_000))
        }
        return nil
    }
}
