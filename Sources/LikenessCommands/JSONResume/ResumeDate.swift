package import LikenessMessages

/// A date as people write it.
package enum ResumeDate: Hashable {
    /// - exact: Whether the date says all that the text does.
    case date(PartialDate, exact: Bool)
    case ongoing

    /// Reads a date: ISO 8601 in any precision, with or without zeros and a time; `04/2019`, `28.9.2023`, `Sep 2021`,
    /// `28 septembre 2021`, `2019年4月`; "Present" and its like; and whatever has exactly one year, as that year.
    ///
    /// - Returns: `nil` for what has no meaning as a date.
    package init?(_ text: String) {
        let text = text.trimmed(of: ".,;()")
        if let date = PartialDate(iso8601: text) {
            self = .date(date, exact: true)
        } else if Self.ongoingWords.contains(text.lowercased()) {
            self = .ongoing
        } else if let date = Self.instant(text) ?? Self.numeric(text) ?? Self.named(text) {
            self = date
        } else {
            let years = Self.years(in: text)
            guard years.count == 1 else { return nil }
            self = .date(PartialDate(year: years[0]), exact: false)
        }
    }

    /// Reads "2015 - 2019", "Jan 2015 – Present", "2010 to 2012".
    static func range(_ text: String) -> (start: ResumeDate?, end: ResumeDate?)? {
        for separator in [" - ", "–", "—", " to ", " until ", " bis ", " à ", " a ", "~", "〜", "-"] {
            let parts = Self.split(text, at: separator)
            guard parts.count == 2 else { continue }
            let (start, end) = (ResumeDate(parts[0]), ResumeDate(parts[1]))
            if let start, case .date = start, end != nil { return (start, end) }
        }
        return nil
    }

    private static func split(_ text: String, at separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(text)
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }

    private static let ongoingWords: Set<String> = [
        "present", "current", "currently", "now", "today", "to date", "till date", "till now", "until now", "ongoing",
        "on going", "on-going", "to present", "heute", "aktuell", "jetzt", "bis heute", "présent", "aujourd'hui",
        "actuel",
        "actuellement", "en cours", "actualidad", "actual", "presente", "hoy", "attuale", "oggi", "in corso", "atual",
        "até hoje", "heden", "nu", "obecnie", "по настоящее время", "настоящее время", "至今", "现在", "現在", "현재", "재직중",
    ]

    // MARK: Forms

    /// A date with a time after it, or milliseconds since 1970 as JavaScript counts them.
    private static func instant(_ text: String) -> ResumeDate? {
        if text.utf8.count >= 11, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard text.utf8.count <= 13, let milliseconds = Int64(text) else { return nil }
            return .date(PartialDate(daysSince1970: milliseconds / 86_400_000), exact: false)
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
        if text.utf8.count == 8, let number = Int32(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return PartialDate(checking: number / 10_000, number / 100 % 100, number % 100).map {
                .date($0, exact: true)
            }
        }
        guard let separator = text.first(where: { !$0.isNumber }), "-/.‐‑–".contains(separator) else { return nil }
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count <= 4 ? Int32($0) : nil }
        guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }), (2...3).contains(parts.count) else {
            return nil
        }
        if parts[0].utf8.count == 4 {
            let day = numbers.count == 3 ? numbers[2] : 0
            return PartialDate(checking: numbers[0], numbers[1], day).map { .date($0, exact: true) }
        }
        guard let last = parts.last, last.utf8.count == 4, let year = numbers.last else { return nil }
        if numbers.count == 2 { return PartialDate(checking: year, numbers[0], 0).map { .date($0, exact: true) } }
        let dayFirst = PartialDate(checking: year, numbers[1], numbers[0])
        let monthFirst = PartialDate(checking: year, numbers[0], numbers[1])
        // With points it is the day that comes first, wherever that is written.
        if separator == "." { return dayFirst.map { .date($0, exact: true) } }
        switch (dayFirst, monthFirst) {
        case (let date?, nil), (nil, let date?): return .date(date, exact: true)
        case (let first?, let second?):
            return first == second ? .date(first, exact: true) : .date(PartialDate(year: year), exact: false)
        case (nil, nil): return nil
        }
    }

    /// A month by its name, a year and perhaps a day, in any order.
    private static func named(_ text: String) -> ResumeDate? {
        var (year, month, day): (Int32?, Int32?, Int32?)
        for word in text.lowercased().split(whereSeparator: { " ,./-'’_".contains($0) }) {
            let digits = word.prefix { $0.isNumber && $0.isASCII }
            let isNumber =
                !digits.isEmpty
                && ["", "st", "nd", "rd", "th", "er", "º", "ª", "°"].contains(word.dropFirst(digits.count))
            if isNumber, let number = Int32(digits) {
                if digits.utf8.count == 4, year == nil {
                    year = number
                } else if digits.utf8.count <= 2, day == nil {
                    day = number
                } else {
                    return nil
                }
            } else if let number = Self.months[String(word.prefix(3))], month == nil, Self.isMonth(word) {
                month = number
            } else if !["de", "of", "the", "del", "le", "il"].contains(word) {
                return nil
            }
        }
        guard let year, let month else { return nil }
        return PartialDate(checking: year, month, day ?? 0).map { .date($0, exact: true) }
    }

    /// By their first three letters; July and June, March and May differ in them in all these languages but French.
    private static let months: [String: Int32] = [
        "jan": 1, "ene": 1, "gen": 1, "jän": 1, "янв": 1, "feb": 2, "fév": 2, "fev": 2, "фев": 2, "mar": 3, "mär": 3,
        "mrz": 3,
        "maa": 3, "мар": 3, "apr": 4, "avr": 4, "abr": 4, "апр": 4, "may": 5, "mai": 5, "mag": 5, "mei": 5, "мая": 5,
        "май": 5,
        "jun": 6, "giu": 6, "июн": 6, "jui": 6, "jul": 7, "lug": 7, "июл": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8,
        "авг": 8,
        "sep": 9, "set": 9, "сен": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "окт": 10, "nov": 11, "ноя": 11,
        "dec": 12,
        "dez": 12, "déc": 12, "dic": 12, "дек": 12,
    ]

    /// Whether a word that begins like a month is one, and not "market" or "second".
    private static func isMonth(_ word: Substring) -> Bool {
        // "jui" alone could be either; juin is told from juillet.
        if word.hasPrefix("jui") { return word == "juin" }
        return word.count <= 4 || Self.monthNames.contains(String(word))
    }

    private static let monthNames: Set<String> = [
        "january", "february", "march", "april", "august", "september", "october", "november", "december", "januar",
        "februar", "oktober", "dezember", "januari", "februari", "augustus", "maart", "janvier", "février", "fevrier",
        "avril", "septembre", "octobre", "novembre", "décembre", "decembre", "enero", "febrero", "marzo", "abril",
        "junio",
        "julio", "agosto", "septiembre", "setiembre", "octubre", "noviembre", "diciembre", "gennaio", "febbraio",
        "aprile",
        "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "janeiro", "fevereiro", "março", "junho",
        "julho",
        "setembro", "outubro", "novembro", "dezembro", "jänner", "januar", "января", "январь", "февраля", "февраль",
        "марта",
        "апреля", "апрель", "июня", "июль", "июля", "июнь", "августа", "август", "сентября", "сентябрь", "октября",
        "октябрь",
        "ноября", "ноябрь", "декабря", "декабрь",
    ]

    /// Numbers of four digits that can be years.
    private static func years(in text: String) -> [Int32] {
        text.split { !($0.isASCII && $0.isNumber) }.filter { $0.utf8.count == 4 }
            .compactMap { Int32($0) }.filter { (1_000...2_999).contains($0) }
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
