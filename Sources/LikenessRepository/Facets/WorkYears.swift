internal import LikenessMessages
internal import LikenessPostgres

/// How long a person has worked, as a range of whole years: the days of all experiences of the category WORK that have a start, those
/// that several cover once.
///
/// A partly known date is its first day, as in filters. What has no end goes on until today, and nothing counts after today.
enum WorkYears {
    struct Range: Sendable {
        let name: StaticString
        /// The first year that is beyond it; `nil` for none.
        let end: Int?
    }

    static let ranges = [
        Range(name: "0", end: 1), Range(name: "1-2", end: 3), Range(name: "3-5", end: 6), Range(name: "6-10", end: 11),
        Range(name: "11-20", end: 21), Range(name: "21+", end: nil),
    ]

    private static let daysPerYear = 365.2425

    /// One row, the days of a profile, or none where no experience counts.
    static func days(of profile: SQL) -> SQL {
        let today: SQL = "(now() AT TIME ZONE 'UTC')::date"
        let end: SQL = "least(coalesce(x.end_date, \(today)), \(today))"
        return """
            SELECT (SELECT coalesce(sum(upper(s.span) - lower(s.span)), 0) FROM unnest(m.spans) AS s (span)) AS days
            FROM (
                SELECT range_agg(daterange(x.start_date, \(end))) AS spans FROM experiences x
                WHERE x.profile_id = \(profile) AND x.category = \(Int(ExperienceCategory.work.rawValue)) AND x.start_date <= \(end)
            ) AS m WHERE m.spans IS NOT NULL
            """
    }

    /// The place in `ranges` of a number of days.
    static func range(days: Int) -> Int {
        self.ranges.firstIndex { $0.end.map { Double(days) < Double($0) * self.daysPerYear } ?? true }
            ?? self.ranges.count - 1
    }

    static func name(days: SQL) -> SQL {
        var sql: SQL = "CASE"
        for range in self.ranges {
            let name = SQL(stringLiteral: range.name)
            if let end = range.end {
                sql = "\(sql) WHEN \(days) < \(Double(end) * self.daysPerYear)::float8 THEN '\(name)'"
            } else {
                sql = "\(sql) ELSE '\(name)' END"
            }
        }
        return sql
    }

    /// The first days of an experience and of what follows it, in days since the first of January 1970.
    struct Span: Sendable, Hashable {
        let start: Int32
        /// `nil` for one that goes on.
        let end: Int32?
    }

    /// - Parameter today: As the days of spans are counted.
    /// - Returns: `nil` when no experience counts.
    static func name(of experiences: [Experience], today: Int) -> String? {
        self.range(of: self.spans(of: experiences)[...], today: today).map { "\(self.ranges[$0].name)" }
    }

    /// Those of the category WORK that have a start.
    static func spans(of experiences: [Experience]) -> [Span] {
        experiences.filter { $0.category == .work }.compactMap { experience in
            experience.startDate.map { start in
                Span(
                    start: Int32(clamping: start.firstDayNumber),
                    end: experience.endDate.map { Int32(clamping: $0.firstDayNumber) }
                )
            }
        }
    }

    /// - Parameters:
    ///   - work: Of experiences of the category WORK.
    ///   - today: As the days of spans are counted.
    /// - Returns: The place in `ranges`; `nil` when none counts.
    static func range(of work: ArraySlice<Span>, today: Int) -> Int? {
        let spans = work.map { (from: Int($0.start), to: min($0.end.map(Int.init) ?? today, today)) }
            .filter { $0.from <= $0.to }
        guard !spans.isEmpty else { return nil }
        var (days, covered) = (0, Int.min)
        for span in spans.sorted(by: { $0.from < $1.from }) {
            days += max(0, span.to - max(span.from, covered))
            covered = max(covered, span.to)
        }
        return self.range(days: days)
    }
}

extension PartialDate {
    /// Of the first day that it can mean, in days since the first of January 1970.
    fileprivate var firstDayNumber: Int {
        // Days of the civil calendar, of which March is the first month.
        let month = self.month == 0 ? 1 : Int(self.month)
        let year = Int(self.year) - (month <= 2 ? 1 : 0)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + max(Int(self.day), 1) - 1
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}
