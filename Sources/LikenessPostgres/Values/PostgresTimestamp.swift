/// A moment, as `timestamptz` keeps it.
package struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 2000-01-01 00:00 UTC.
    package var microseconds: Int64

    /// Seconds from the Unix epoch to PostgreSQL's.
    static let epochSeconds: Int64 = 946_684_800

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes a moment from Unix time; `nanoseconds` (0..<10⁹) are cut to microseconds.
    package init(unixSeconds: Int64, nanoseconds: Int32 = 0) {
        let (seconds, borrowed) = unixSeconds.subtractingReportingOverflow(Self.epochSeconds)
        let (product, multiplied) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, added) = product.addingReportingOverflow(Int64(nanoseconds / 1000))
        // Beyond what PostgreSQL can hold: its infinities.
        self.microseconds = borrowed || multiplied || added ? (unixSeconds < 0 ? .min : .max) : sum
    }

    package var unixSeconds: Int64 {
        (self.microseconds - self.microsecondsInSecond) / 1_000_000 + Self.epochSeconds
    }

    /// 0..<10⁹, counted forward from `unixSeconds`.
    package var nanoseconds: Int32 { Int32(self.microsecondsInSecond) * 1000 }

    private var microsecondsInSecond: Int64 {
        let rest = self.microseconds % 1_000_000
        return rest < 0 ? rest + 1_000_000 : rest
    }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

extension PostgresTimestamp: ParameterValue, ResultValue {
    package static var postgresType: PostgresType { .timestamptz }

    package func encode(into bytes: inout [UInt8]) -> Bool { self.microseconds.encode(into: &bytes) }

    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.timestamptz)
        self.microseconds = try cell.wholeInteger()
    }
}
