/// A day of the proleptic Gregorian calendar, as `date` keeps it.
package struct PostgresDate: Sendable, Hashable, Comparable {
    /// Days since 2000-01-01.
    package var days: Int32

    package init(days: Int32) {
        self.days = days
    }

    /// Makes a day; `nil` unless it exists. `year` is astronomical (0 is 1 BC), -4712...9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (-4712...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Days from civil: years that start in March put the leap day last. Howard Hinnant, "chrono-compatible
        // low-level date algorithms".
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.days = Int32(era * 146_097 + dayOfEra - 719_468 - 10_957)
        guard self.components == (year, month, day) else { return nil }
    }

    package var components: (year: Int, month: Int, day: Int) {
        let shifted = Int(self.days) + 10_957 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    package static func < (left: Self, right: Self) -> Bool { left.days < right.days }
}

extension PostgresDate: ParameterValue, ResultValue {
    package static var postgresType: PostgresType { .date }

    package func encode(into bytes: inout [UInt8]) -> Bool { self.days.encode(into: &bytes) }

    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.date)
        self.days = try cell.wholeInteger()
    }
}
