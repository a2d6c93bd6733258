internal import LikenessPostgres

/// A point in time as a filter writes it, or a part of one: "2010", "2010-05", "2010-05-07", "2010-05-07T09:30:00Z".
struct FilterTime {
    /// The first moment that is meant, and the first behind it, both as PostgreSQL reads them.
    let from: String
    let to: String
    /// Whether a day or less is meant.
    let isWithinDay: Bool

    /// - Returns: `nil` for any other text.
    init?(_ text: String) {
        let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let numbers = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(numbers.count), Self.isNumber(numbers[0], 4), let year = Int(numbers[0]), year >= 1,
            numbers.dropFirst().allSatisfy({ Self.isNumber($0, 2) })
        else { return nil }
        let month = numbers.count > 1 ? Int(numbers[1]) ?? 0 : 1
        let day = numbers.count > 2 ? Int(numbers[2]) ?? 0 : 1
        guard (1...12).contains(month), (1...Self.days(year, month)).contains(day) else { return nil }
        if halves.count == 2 {
            guard numbers.count == 3, Self.isTime(halves[1]) else { return nil }
            // A moment: nothing lies between it and the next microsecond.
            self.from = text
            self.to = text
            self.isWithinDay = true
            return
        }
        var next = (year, month, day)
        switch numbers.count {
        case 1: next.0 += 1
        case 2: next = month == 12 ? (year + 1, 1, 1) : (year, month + 1, 1)
        default:
            next =
                day < Self.days(year, month)
                ? (year, month, day + 1) : month < 12 ? (year, month + 1, 1) : (year + 1, 1, 1)
        }
        self.from = Self.text(year, month, day)
        self.to = Self.text(next.0, next.1, next.2)
        self.isWithinDay = numbers.count == 3
    }

    /// RFC 3339's time of a day: 09:30:00, 09:30:00.25, each with Z or ±hh:mm.
    private static func isTime(_ text: String) -> Bool {
        var rest = Substring(text)
        func take(_ count: Int) -> Int? {
            guard Self.isNumber(String(rest.prefix(count)), count) else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Int(rest.prefix(count))
        }
        func take(_ sign: Character) -> Bool {
            guard rest.first == sign else { return false }
            rest.removeFirst()
            return true
        }
        guard let hour = take(2), hour < 24, take(":"), let minute = take(2), minute < 60, take(":"),
            let second = take(2), second < 60
        else { return false }
        if take(".") {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(digits.count) else { return false }
            rest = rest.dropFirst(digits.count)
        }
        if rest == "Z" { return true }
        guard take("+") || take("-"), let hours = take(2), hours < 16, take(":"), let minutes = take(2) else {
            return false
        }
        return minutes < 60 && rest.isEmpty
    }

    private static func isNumber(_ text: String, _ digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func days(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func text(_ year: Int, _ month: Int, _ day: Int) -> String {
        func padded(_ number: Int, _ digits: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
