/// `google.protobuf.Duration` as seconds with an `s` behind: `-1.500s`. At most 10,000 years.
enum DurationText {
    private static let secondsMax: Int64 = 315_576_000_000

    static func print(_ seconds: Int64, _ nanos: Int64) throws(TranscodingError) -> String {
        guard -Self.secondsMax...Self.secondsMax ~= seconds, -999_999_999...999_999_999 ~= nanos else {
            throw TranscodingError("the duration is longer than 10,000 years")
        }
        guard seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0) else {
            throw TranscodingError("the duration's seconds and nanoseconds have different signs")
        }
        let sign = seconds < 0 || nanos < 0 ? "-" : ""
        return "\(sign)\(seconds.magnitude)\(FractionText.print(Int64(nanos.magnitude)))s"
    }

    static func parse(_ text: String) throws(TranscodingError) -> (seconds: Int64, nanos: Int64) {
        let invalid = TranscodingError("\"\(text)\" is not a duration like \"1.5s\"")
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard 1...18 ~= digits.count else { throw invalid }
        rest = rest.dropFirst(digits.count)
        let seconds = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        guard let nanos = FractionText.parse(&rest), rest.elementsEqual("s".utf8) else { throw invalid }
        guard seconds <= Self.secondsMax else { throw TranscodingError("\"\(text)\" is longer than 10,000 years") }
        return isNegative ? (-seconds, -nanos) : (seconds, nanos)
    }
}
