/// Text that may be written to a terminal. ``Console`` writes no other.
///
/// What stands in a program's source is taken as it is; what a variable holds is made safe on its way in, so that a
/// file, a server or an argument cannot steer the terminal:
///
///     let text: DisplayText = "deleted \(slug)\n"     // the slug's control characters are escaped
package struct DisplayText: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    package private(set) var text: String

    package var description: String { self.text }

    package init() { self.text = "" }

    package init(stringLiteral value: String) { self.text = value }

    package init(stringInterpolation: Interpolation) { self.text = stringInterpolation.text }

    /// One line of any text.
    package init(line text: String) { self.text = TerminalText.line(text) }

    /// Any text, with its lines.
    package init(lines text: String) { self.text = TerminalText.lines(text) }

    /// JSON, which stays the JSON that it is.
    package init(json text: String) { self.text = TerminalText.json(text) }

    /// Text that is safe already.
    init(safe text: String) { self.text = text }

    /// The text in one line, white space condensed, cut to so many cells of a terminal.
    package static func fitted(_ text: String, to widthMax: Int) -> DisplayText {
        DisplayText(safe: TerminalText.fitted(text, to: widthMax))
    }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { self.text.reserveCapacity(literalCapacity) }

        package mutating func appendLiteral(_ literal: String) { self.text += literal }

        package mutating func appendInterpolation(_ value: DisplayText) { self.text += value.text }

        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            self.text += TerminalText.line(value.description)
        }

        package mutating func appendInterpolation(_ value: any Error) { self.text += TerminalText.line("\(value)") }
    }

    package var isEmpty: Bool { self.text.isEmpty }

    /// Cells that it takes on a terminal, when it has no style.
    package var width: Int { TerminalText.width(self.text) }

    /// Spaces, to align with.
    package static func spaces(_ count: Int) -> DisplayText {
        DisplayText(safe: String(repeating: " ", count: max(0, count)))
    }

    package static func + (a: DisplayText, b: DisplayText) -> DisplayText { DisplayText(safe: a.text + b.text) }

    package static func += (a: inout DisplayText, b: DisplayText) { a.text += b.text }
}

extension Sequence<DisplayText> {
    package func joined(separator: DisplayText = "") -> DisplayText {
        DisplayText(safe: self.map(\.text).joined(separator: separator.text))
    }
}
