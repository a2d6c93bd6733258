package import LikenessMessages

/// A date as people write it.
package enum ResumeDate: Hashable {
    /// - exact: Whether the date says all that the text does.
    case date(PartialDate, exact: Bool)
    case ongoing

    /// Reads a date: ISO 8601 in any precision, with or without zeros and a time; `04/2019`, `28.9.2023`, `201904`, `Sep 2021`,
    /// `28 septembre 2021`, `2019年4月`, `平成31年4月`, in the digits of any script; seconds and milliseconds since 1970; "Present" and
    /// its like; and whatever has exactly one year, as that year.
    ///
    /// - Returns: `nil` for what has no meaning as a date.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, let plain = Self.withASCIIDigits(text) else { return nil }
        let whole = plain.trimmed(of: ".,;()")
        let text = Self.withoutDuration(whole)
        let isOngoing = Self.ongoingWords.contains(text.lowercased().replacing("’", with: "'"))
        guard !isOngoing, text != "9999", !text.hasPrefix("9999-") else {
            self = .ongoing
            return
        }
        guard !Self.isZero(text) else { return nil }
        if let date = Self.form(of: text) {
            if case .date(let date, _) = date, text != whole {
                self = .date(date, exact: false)
            } else {
                self = date
            }
        } else {
            let years = Self.years(in: text)
            guard years.count == 1 else { return nil }
            self = .date(PartialDate(year: years[0]), exact: false)
        }
    }

    /// What is longer is no date, whatever years it has in it.
    static let bytesMax = 200

    /// Whether a text is what spreadsheets show for a day number of 0: "1900-01-00", "1/0/1900", "12/30/1899".
    private static func isZero(_ text: String) -> Bool {
        let numbers = text.split { !($0.isASCII && $0.isNumber) }.prefix(3).compactMap { Int($0) }.sorted()
        return numbers == [0, 1, 1900] || numbers == [12, 30, 1899]
    }

    private static func form(of text: String) -> ResumeDate? {
        if let date = PartialDate(iso8601: text) { return .date(date, exact: true) }
        return Self.instant(text) ?? Self.numeric(text) ?? Self.named(text)
    }

    // MARK: Forms

    /// A date with a time after it, or seconds or milliseconds since 1970 as programs count them.
    private static func instant(_ text: String) -> ResumeDate? {
        if text.utf8.count >= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard text.utf8.count <= 13, let number = Int64(text) else { return nil }
            let seconds = text.utf8.count <= 10 ? number : number / 1_000
            // A day with an hour, 2019010112, would be the far future.
            guard seconds < 1_900_000_000 else { return nil }
            return .date(PartialDate(daysSince1970: seconds / 86_400), exact: false)
        }
        guard let mark = text.firstIndex(where: { $0 == "T" || $0 == "t" || $0 == " " }) else { return nil }
        guard let date = PartialDate(iso8601: String(text[..<mark])), date.day > 0 else { return nil }
        let time = text[text.index(after: mark)...]
        guard time.utf8.count >= 4, time.first?.isASCII == true, time.first?.isNumber == true,
            time.allSatisfy({ $0.isASCII && ($0.isNumber || ":.,+-Zz ".contains($0)) })
        else { return nil }
        // Midnight in UTC is how programs write a day.
        let digits = time.prefix { $0 != "+" && $0 != "-" && $0 != "Z" && $0 != "z" }
        let isMidnight = digits.allSatisfy { !$0.isNumber || $0 == "0" }
        return .date(date, exact: isMidnight && time.drop { $0 != "+" && $0 != "-" }.allSatisfy { "+-0:".contains($0) })
    }

    /// Numbers with one kind of separator, in the order that their sizes leave open.
    private static func numeric(_ text: String) -> ResumeDate? {
        var text = text
        for (sign, hyphen) in [("年", "-"), ("月", "-"), ("日", ""), ("년", "-"), ("월", "-"), ("일", "")] {
            text = Self.split(text, at: sign).joined(separator: hyphen)
        }
        text = text.filter { $0 != " " }.trimmed(of: "-")
        if let number = Int32(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // The day numbers of spreadsheets, from 1954 to 2064.
            if text.utf8.count == 5, (20_000..<60_000).contains(number) {
                return .date(PartialDate(daysSince1970: Int64(number) - 25_569), exact: false)
            }
            let date: PartialDate? =
                switch text.utf8.count {
                case 8: PartialDate(checking: number / 10_000, number / 100 % 100, number % 100)
                case 6 where (1_900...2_100).contains(number / 100) && number % 100 > 0:
                    PartialDate(checking: number / 100, number % 100, 0)
                default: nil
                }
            return date.map { .date($0, exact: true) }
        }
        guard let separator = text.first(where: { !$0.isNumber }), "-/.‐‑–".contains(separator) else { return nil }
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count <= 4 ? Int32($0) : nil }
        guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }), (2...3).contains(parts.count) else {
            return nil
        }
        if parts[0].utf8.count == 4 {
            return Self.day(numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0)
        }
        guard let last = parts.last, last.utf8.count == 4, let year = numbers.last else {
            // "6/15": of a day without a year there would be nothing to say.
            guard separator == "/", parts.count == 2, parts[1].utf8.count == 2, numbers[0] > 0 else { return nil }
            return PartialDate(checking: Self.year(ofTwoDigits: numbers[1]), numbers[0], 0).map {
                .date($0, exact: false)
            }
        }
        if numbers.count == 2 { return PartialDate(checking: year, numbers[0], 0).map { .date($0, exact: true) } }
        // With points it is the day that comes first, wherever that is written.
        if separator == "." { return Self.day(year, numbers[1], numbers[0]) }
        let dayFirst = PartialDate(checking: year, numbers[1], numbers[0])
        let monthFirst = PartialDate(checking: year, numbers[0], numbers[1])
        switch (dayFirst, monthFirst) {
        case (let date?, nil), (nil, let date?): return .date(date, exact: true)
        case (let first?, let second?):
            return first == second ? .date(first, exact: true) : .date(PartialDate(year: year), exact: false)
        case (nil, nil): return nil
        }
    }

    /// A day, or its month where the month has no such day: 31 September.
    private static func day(_ year: Int32, _ month: Int32, _ day: Int32) -> ResumeDate? {
        if let date = PartialDate(checking: year, month, day) { return .date(date, exact: true) }
        guard month > 0, (29...31).contains(day) else { return nil }
        return PartialDate(checking: year, month, 0).map { .date($0, exact: false) }
    }

    /// A month by its name, a year and perhaps a day, in any order.
    private static func named(_ text: String) -> ResumeDate? {
        var (year, month, day): (Int32?, Int32?, Int32?)
        var isExact = true
        // "tháng 3": the month is the number after the word.
        var isMonthNext = false
        for word in text.lowercased().split(whereSeparator: { " ,./-_".contains($0) }) {
            let isShort = word.first == "'" || word.first == "’"
            let word = word.drop { $0 == "'" || $0 == "’" }
            let digits = word.prefix { $0.isNumber && $0.isASCII }
            let isNumber =
                !digits.isEmpty
                && ["", "st", "nd", "rd", "th", "er", "º", "ª", "°"].contains(word.dropFirst(digits.count))
            if isNumber, let number = Int32(digits) {
                if isMonthNext, month == nil {
                    month = number
                } else if digits.utf8.count == 4, year == nil {
                    year = number
                } else if isShort, digits.utf8.count == 2, year == nil {
                    (year, isExact) = (Self.year(ofTwoDigits: number), false)
                } else if digits.utf8.count <= 2, day == nil {
                    day = number
                } else {
                    return nil
                }
                isMonthNext = false
            } else if month == nil, let number = ResumeMonths.number(of: word) {
                month = number
            } else if ["tháng", "thg"].contains(word) {
                isMonthNext = true
            } else if !Self.fillers.contains(String(word)) {
                return nil
            }
        }
        guard let year, let month else { return nil }
        return PartialDate(checking: year, month, day ?? 0).map { .date($0, exact: isExact) }
    }

    private static let fillers: Set<String> = [
        "de", "of", "the", "del", "le", "il", "năm", "г", "года", "р", "року", "roku",
    ]

    /// 50 and later are of the last century.
    private static func year(ofTwoDigits number: Int32) -> Int32 { number < 50 ? 2_000 + number : 1_900 + number }

    /// Numbers of four digits that can be years.
    private static func years(in text: String) -> [Int32] {
        text.split { !($0.isASCII && $0.isNumber) }.filter { $0.utf8.count == 4 }
            .compactMap { Int32($0) }.filter { (1_000...2_999).contains($0) }
    }

    static func split(_ text: String, at separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(text)
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }
}

extension PartialDate {
    /// - Returns: `nil` when there is no such day. 0 for what is unknown.
    init?(checking year: Int32, _ month: Int32, _ day: Int32) {
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        guard (1...9_999).contains(year), month >= 0, day >= 0 else { return nil }
        self.init(iso8601: "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))")
    }

    /// The day in UTC (Howard Hinnant's civil_from_days).
    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        self.init(
            year: Int32(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)),
            month: Int32(month),
            day: Int32(dayOfYear - (153 * monthIndex + 2) / 5 + 1)
        )
    }
}
