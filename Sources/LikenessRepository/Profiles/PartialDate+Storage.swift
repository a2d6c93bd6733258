internal import LikenessMessages
internal import LikenessPostgres

/// A partly known date is stored as the first day it can mean and how much of it is known.
extension PartialDate {
    private static let yearOnly: Int16 = 1
    private static let yearAndMonth: Int16 = 2
    private static let wholeDate: Int16 = 3

    init(first: PostgresDate, precision: Int16) {
        let (year, month, day) = first.components
        self.init(
            year: Int32(year),
            month: precision >= Self.yearAndMonth ? Int32(month) : 0,
            day: precision >= Self.wholeDate ? Int32(day) : 0
        )
    }

    /// - Throws: `.invalidField` when no such day exists.
    func stored(path: String) throws(RepositoryError) -> (first: PostgresDate, precision: Int16) {
        guard (1...9999).contains(self.year) else {
            throw .invalidField(path: path + ".year", reason: "is not within 1...9999")
        }
        guard self.month != 0 || self.day == 0 else {
            throw .invalidField(path: path + ".day", reason: "is set without a month")
        }
        guard
            let first = PostgresDate(
                year: Int(self.year),
                month: self.month == 0 ? 1 : Int(self.month),
                day: self.day == 0 ? 1 : Int(self.day)
            )
        else { throw .invalidField(path: path, reason: "is not a date") }
        return (first, self.day != 0 ? Self.wholeDate : self.month != 0 ? Self.yearAndMonth : Self.yearOnly)
    }
}
