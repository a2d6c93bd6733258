/// `google.protobuf.Timestamp` as RFC 3339 writes it: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
package enum TimestampText {
    private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Whole seconds; `nil` outside the range.
    package static func text(seconds: Int64) -> String? { try? Self.print(seconds, 0) }

    /// With as many digits of a second as it needs, up to nine; `nil` outside the range.
    package static func text(seconds: Int64, nanos: Int32) -> String? { try? Self.print(seconds, Int64(nanos)) }

    /// - Returns: `nil` for what is not a time as RFC 3339 has it.
    package static func time(_ text: String) -> (seconds: Int64, nanos: Int64)? { try? Self.parse(text) }

    static func print(_ seconds: Int64, _ nanos: Int64) throws(TranscodingError) -> String {
        guard Self.range ~= seconds, 0...999_999_999 ~= nanos else {
            throw TranscodingError("the time is not between the years 1 and 9999")
        }
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - days * 86_400
        let (year, month, day) = Self.date(days)
        let date = "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
        let (hour, minute) = (second / 3_600, second / 60 % 60)
        let time = "\(Self.digits(hour, 2)):\(Self.digits(minute, 2)):\(Self.digits(second % 60, 2))"
        return "\(date)T\(time)\(FractionText.print(nanos))Z"
    }

    static func parse(_ text: String) throws(TranscodingError) -> (seconds: Int64, nanos: Int64) {
        let invalid = TranscodingError("\"\(text)\" is not a time like \"2024-01-31T12:00:00Z\"")
        var rest = Array(text.utf8)[...]
        func number(_ count: Int, before separator: Character? = nil) throws(TranscodingError) -> Int64 {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw invalid }
            rest = rest.dropFirst(count)
            if let separator {
                guard rest.first == separator.asciiValue else { throw invalid }
                rest = rest.dropFirst()
            }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        let (year, month, day) = (try number(4, before: "-"), try number(2, before: "-"), try number(2, before: "T"))
        let (hour, minute, second) = (try number(2, before: ":"), try number(2, before: ":"), try number(2))
        guard year >= 1, 1...12 ~= month, 1...Self.dayCount(year, month) ~= day, hour < 24, minute < 60, second < 60
        else { throw invalid }
        guard let nanos = FractionText.parse(&rest) else { throw invalid }
        var seconds = Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        let zone = rest.first
        rest = rest.dropFirst()
        switch zone {
        case UInt8(ascii: "Z"): break
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            let (hours, minutes) = (try number(2, before: ":"), try number(2))
            guard hours < 24, minutes < 60 else { throw invalid }
            let offset = hours * 3_600 + minutes * 60
            seconds += zone == UInt8(ascii: "+") ? -offset : offset
        default: throw invalid
        }
        guard rest.isEmpty else { throw invalid }
        guard Self.range ~= seconds else { throw TranscodingError("\"\(text)\" is not between the years 1 and 9999") }
        return (seconds, nanos)
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    private static func dayCount(_ year: Int64, _ month: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // The proleptic Gregorian calendar, counted from 1 March 0000 so that the leap day comes last: Howard Hinnant,
    // "chrono-compatible low-level date algorithms". Years are positive here.

    /// Days from 1970-01-01.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = days + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

/// Fractions of a second: none, or a point and three, six or nine digits.
enum FractionText {
    static func print(_ nanos: Int64) -> String {
        if nanos == 0 { return "" }
        let digits = String(nanos)
        let padded = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        if nanos % 1_000_000 == 0 { return "." + padded.prefix(3) }
        return "." + (nanos % 1_000 == 0 ? String(padded.prefix(6)) : padded)
    }

    /// Reads a point and one to nine digits, if a point comes next.
    ///
    /// - Returns: Nanoseconds; `nil` when there is a point and not so many digits behind it.
    static func parse(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        rest = rest.dropFirst()
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard 1...9 ~= digits.count else { return nil }
        rest = rest.dropFirst(digits.count)
        return (Array(digits) + Array(repeating: 0x30, count: 9 - digits.count)).reduce(0) {
            $0 * 10 + Int64($1 - 0x30)
        }
    }
}
