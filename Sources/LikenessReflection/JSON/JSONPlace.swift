/// A place in a text, as editors count: lines and columns from 1, columns in characters' Unicode scalars.
package struct JSONPlace: Sendable, Hashable, CustomStringConvertible {
    package private(set) var line: Int
    package private(set) var column = 1

    /// The beginning of a line.
    package init(line: Int = 1) { self.line = line }

    package static let start = JSONPlace()

    /// The place after a part of the text.
    package mutating func advance(over bytes: some Sequence<UInt8>) { for byte in bytes { self.advance(over: byte) } }

    mutating func advance(over byte: UInt8) {
        if byte == 0x0A {
            self.line += 1
            self.column = 1
        } else if byte & 0xC0 != 0x80 {
            self.column += 1
        }
    }

    package var description: String { "line \(self.line), column \(self.column)" }
}
