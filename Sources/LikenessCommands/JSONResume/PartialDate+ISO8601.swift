package import LikenessMessages

extension PartialDate {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. A month or day of `00` means unknown, as some exports write it.
    ///
    /// - Returns: `nil` when the text has another form or the day does not exist.
    package init?(iso8601 text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), parts[0].utf8.count == 4 else { return nil }
        var numbers: [Int32] = []
        for (index, part) in parts.enumerated() {
            guard part.utf8.count == (index == 0 ? 4 : 2), part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let number = Int32(part)
            else { return nil }
            numbers.append(number)
        }
        self.init()
        self.year = numbers[0]
        self.month = numbers.count > 1 ? numbers[1] : 0
        self.day = numbers.count > 2 ? numbers[2] : 0
        guard self.isValid else { return nil }
    }

    /// The date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    package var iso8601: String {
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        var text = padded(self.year, 4)
        if self.month > 0 { text += "-" + padded(self.month, 2) }
        if self.day > 0 { text += "-" + padded(self.day, 2) }
        return text
    }

    /// Whether every day that it can mean is before every day of another.
    func isBefore(_ other: PartialDate) -> Bool {
        if self.year != other.year { return self.year < other.year }
        guard self.month > 0, other.month > 0 else { return false }
        if self.month != other.month { return self.month < other.month }
        return self.day > 0 && other.day > 0 && self.day < other.day
    }

    private var isValid: Bool {
        guard self.year >= 1, (0...12).contains(self.month) else { return false }
        guard self.day > 0 else { return self.day == 0 }
        let isLeap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
        let days: [Int32] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return self.month > 0 && self.day <= days[Int(self.month) - 1]
    }
}
