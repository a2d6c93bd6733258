internal import Foundation

/// Numbers as people read them.
package enum Figures {
    /// `1.23 ms`, three digits and the unit that fits.
    package static func duration(nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<999.5: "\(Self.digits(nanoseconds)) ns"
        case ..<999_500: "\(Self.digits(nanoseconds / 1e3)) µs"
        case ..<999_500_000: "\(Self.digits(nanoseconds / 1e6)) ms"
        default: "\(Self.digits(nanoseconds / 1e9)) s"
        }
    }

    package static func duration(milliseconds: Double) -> String { Self.duration(nanoseconds: milliseconds * 1e6) }

    /// `12,345`.
    package static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// `4,321`, or `43.2` when it is small.
    package static func rate(_ value: Double) -> String {
        guard value >= 100, let whole = Int(exactly: value.rounded()) else { return Self.digits(value) }
        return Self.count(whole)
    }

    /// `1.23 MB`.
    package static func bytes(_ value: Double) -> String {
        switch value {
        case ..<1_000: "\(Self.digits(value)) B"
        case ..<999_500: "\(Self.digits(value / 1e3)) kB"
        case ..<999_500_000: "\(Self.digits(value / 1e6)) MB"
        default: "\(Self.digits(value / 1e9)) GB"
        }
    }

    /// `0.12%`.
    package static func percent(_ share: Double) -> String {
        share > 0 && share < 0.000_05 ? "under 0.01%" : "\(Self.digits(share * 100))%"
    }

    /// Three digits that count.
    package static func digits(_ value: Double) -> String {
        let size = abs(value)
        return String(format: size >= 99.95 || value == 0 ? "%.0f" : size >= 9.995 ? "%.1f" : "%.2f", value)
    }

    package static func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
}
