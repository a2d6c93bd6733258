/// What a date is written with, before it is read.
extension ResumeDate {
    /// The digits of any script as those of ASCII, the years of Japanese eras and of the Republic of China as those of the common era.
    ///
    /// - Returns: `nil` for a year in other digits that is none of the common era, as 1398 of the Persian calendar.
    static func withASCIIDigits(_ text: String) -> String? {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var plain = ""
        var hasOthers = false
        for scalar in text.unicodeScalars {
            // Marks of direction stand between the parts of dates.
            if scalar.properties.generalCategory == .format { continue }
            guard !scalar.isASCII, scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue
            else {
                plain.unicodeScalars.append(scalar)
                continue
            }
            plain += String(Int(value))
            hasOthers = true
        }
        if hasOthers {
            let years = plain.split { !$0.isNumber }.filter { $0.utf8.count == 4 }.compactMap { Int($0) }
            guard years.allSatisfy({ (1_500...2_100).contains($0) }) else { return nil }
        }
        for (era, yearBefore) in Self.eras {
            guard let range = plain.firstRange(of: era) else { continue }
            let rest = plain[range.upperBound...].drop { $0 == " " }
            let digits = rest.prefix { $0.isNumber && $0.isASCII }
            let isFirst = rest.hasPrefix("元")
            guard let number = isFirst ? 1 : Int(digits) else { continue }
            plain =
                plain[..<range.lowerBound] + String(yearBefore + number) + rest.dropFirst(isFirst ? 1 : digits.count)
            // Both ends of a span have one.
            return Self.withASCIIDigits(plain)
        }
        return plain
    }

    /// The year before the first.
    private static let eras = [
        ("令和", 2_018), ("平成", 1_988), ("昭和", 1_925), ("大正", 1_911), ("明治", 1_867), ("民國", 1_911), ("民国", 1_911),
    ]

    /// Without how long it was: "Present (3 yrs)", "2019-02 · 2 yrs 3 mos", "2015-03（1年6个月）".
    static func withoutDuration(_ text: String) -> String {
        guard let mark = text.firstIndex(where: { "·•(（".contains($0) }) else { return text }
        let start = text[..<mark].trimmed()
        return start.isEmpty || !text[mark...].contains(where: \.isNumber) ? text : start
    }
}
