/// Numbers as JSON writes them.
enum JSONNumber {
    /// The exact integer that a JSON number stands for, `1e3` and `2.0` included; `nil` when it is none or over 64 bits.
    static func integer(_ text: String) -> (isNegative: Bool, magnitude: UInt64)? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        let parts = rest.split { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first else { return nil }
        var exponent = 0
        if parts.count == 2 {
            guard let value = Int(parts[1]) else { return nil }
            exponent = value
        }
        let pieces = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var digits = pieces[0] + (pieces.count == 2 ? pieces[1] : "")
        exponent = exponent.subtractingReportingOverflow(pieces.count == 2 ? pieces[1].count : 0).partialValue
        while exponent < 0, digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        digits = digits.drop { $0 == "0" }
        if digits.isEmpty { return (isNegative, 0) }
        guard exponent >= 0, exponent <= 20 else { return nil }
        return UInt64(digits + String(repeating: "0", count: exponent)).map { (isNegative, $0) }
    }

    /// Whether a text has the form of a JSON number.
    static func isNumber(_ text: String) -> Bool {
        if case .number(let number)? = try? JSONParser.parse(Array(text.utf8)) { number == text } else { false }
    }

    /// The shortest text that reads back as the same number; `nil` for NaN and infinities.
    static func text(_ value: Float) -> String? {
        // The shortest text of the largest floats is a little more than the largest: Python refuses it.
        let shortest = value.description
        if let read = Double(shortest), read.magnitude > Double(Float.greatestFiniteMagnitude) {
            return Self.text(Double(value))
        }
        return Self.text(shortest, value)
    }

    static func text(_ value: Double) -> String? { Self.text(value.description, value) }

    /// Without a point where none is needed; with one, -0 is read as a float by everyone.
    private static func text(_ text: String, _ value: some BinaryFloatingPoint) -> String? {
        guard value.isFinite else { return nil }
        return text.hasSuffix(".0") && value != 0 ? String(text.dropLast(2)) : text == "0.0" ? "0" : text
    }
}
