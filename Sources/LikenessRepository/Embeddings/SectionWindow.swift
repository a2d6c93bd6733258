internal import LikenessPostgres

/// One row of a space's table: which section, and which part of its text, a vector is of.
///
/// The first part's row has the section's kind as it is in `kind`, which is all that versions before there were parts know of:
/// its key is theirs. Further parts have their number in the bits above, and the last one of a section whose text goes on says
/// so: `docs/decisions/long-texts.md`.
enum SectionWindow {
    private static let numberShift = 4
    private static let kindMask: Int16 = 0xF
    private static let cutMark: Int16 = 1 << 12

    /// The values of `kind` for the parts of a section.
    static func kinds(of kind: Int16, count: Int, isCut: Bool) -> [Int16] {
        precondition(1...SectionVectors.partsMax ~= count && 1...Self.kindMask ~= kind, "a section has some parts")
        return (0..<count).map { number in
            kind | Int16(number) << Self.numberShift | (isCut && number > 0 && number == count - 1 ? Self.cutMark : 0)
        }
    }

    /// The section's kind, from a column of that name.
    static func sectionKind(_ column: SQL) -> SQL { "(\(column) & \(Int(Self.kindMask))::smallint)" }

    /// Whether a row is of a section's first part.
    static func isFirst(_ column: SQL) -> SQL { "\(column) < \(1 << Self.numberShift)" }

    /// Whether the section's text goes on after the part of a row.
    static func isCut(_ column: SQL) -> SQL { "\(column) >= \(Int(Self.cutMark))" }

    /// Whether a row is none of those of a text whose last one is `last`.
    static func isStale(_ column: SQL, last: SQL) -> SQL {
        let number = Int(Self.cutMark - 1)
        return "(\(column) <> \(last) AND ((\(column) & \(number)) >= (\(last) & \(number)) OR \(self.isCut(column))))"
    }
}

/// The vectors of a section's text: one, or several of a text that is longer than the model reads.
package struct SectionVectors: Sendable {
    /// The most parts of a section that are embedded: about 6,500 tokens of the default model, so that a summary or a description
    /// of 20,000 Latin letters is read whole. One part takes a core some 20 ms.
    package static let partsMax = 32

    /// At least one, in the text's order.
    package let parts: [[Float]]
    /// Whether text follows that none of them holds.
    package let isCut: Bool

    package init(_ parts: [[Float]], isCut: Bool = false) {
        precondition(1...Self.partsMax ~= parts.count, "1...\(Self.partsMax) vectors")
        (self.parts, self.isCut) = (parts, isCut)
    }
}
