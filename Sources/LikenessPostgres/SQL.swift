/// SQL text, in which no data can be: it is made of literals, of other such texts, of numbers, and of checked names.
///
///     "SELECT count(*) FROM \(space.table.name) WHERE is_active LIMIT \(limit)"
///
/// Interpolating a `String` does not compile: data travels as parameters, `$1…$n`.
package struct SQL: Sendable, Hashable {
    package let text: String

    /// A name in quotes.
    package init(quoting name: String) {
        let inside = name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        self.text = "\"\(inside)\""
    }

    /// A name that needs no quotes: 1 to 63 of a-z, 0-9 and _, the first of them no digit. `nil` for any other.
    package init?(plainName name: String) {
        let bytes = name.utf8
        guard 1...63 ~= bytes.count, let first = bytes.first, !Self.isDigit(first),
            bytes.allSatisfy({ Self.isLetter($0) || Self.isDigit($0) })
        else { return nil }
        self.text = name
    }

    /// Text from elsewhere, as it is: migrations, which are this program's own, and whatever tests want to run.
    /// `Tests/Scripts/sql.sh` knows the places that may.
    package init(verbatim text: String) { self.text = text }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

extension SQL: CustomStringConvertible {
    package var description: String { self.text }
}

extension SQL: ExpressibleByStringInterpolation {
    // A StaticString, because a String could be passed to this initializer by its name.
    package init(stringLiteral text: StaticString) { self.text = text.description }

    package init(stringInterpolation parts: StringInterpolation) { self.text = parts.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            self.text = ""
            self.text.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) { self.text += literal.description }
        package mutating func appendInterpolation(_ part: SQL) { self.text += part.text }
        package mutating func appendInterpolation(_ number: Int) { self.text += String(number) }
        package mutating func appendInterpolation(_ number: Double) { self.text += String(number) }
    }
}
