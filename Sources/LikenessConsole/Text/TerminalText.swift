/// Text as a terminal shows it: what may not reach one is escaped, as JSON escapes it.
package enum TerminalText {
    /// One line: line ends and tabs are spaces; whatever could steer the terminal or hide is shown as an escape.
    package static func line(_ text: String) -> String { Self.escaped(text, keepsLines: false) }

    /// The same, but line feeds and tabs stay.
    package static func lines(_ text: String) -> String { Self.escaped(text, keepsLines: true) }

    /// One line in which every run of white space is one space, with none at either end.
    package static func condensed(_ text: String) -> String {
        var condensed = ""
        var isGap = false
        for character in Self.line(text) {
            if character.isWhitespace {
                isGap = !condensed.isEmpty
            } else {
                if isGap { condensed.append(" ") }
                isGap = false
                condensed.append(character)
            }
        }
        return condensed
    }

    /// The condensed text, cut to `widthMax` cells with "…" at the end when it is longer.
    package static func fitted(_ text: String, to widthMax: Int) -> String {
        Self.cut(Self.condensed(text), to: widthMax)
    }

    /// Cells that a text takes on a terminal: combining marks none, wide East Asian characters and emoji two.
    package static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + Self.width($1) }
    }

    /// JSON text whose texts hold nothing that could steer a terminal: such characters become `\u` escapes, which every
    /// reader of JSON takes for what they stand for.
    package static func json(_ text: String) -> String {
        guard !Self.isPlain(text) else { return text }
        var safe = String.UnicodeScalarView()
        var previous = Unicode.Scalar(" ")
        for scalar in text.unicodeScalars {
            if scalar == "\n" || !Self.isUnsafe(scalar, after: previous) {
                safe.append(scalar)
            } else {
                for unit in UTF16.encode(scalar) ?? .init() {
                    safe.append(contentsOf: Self.escape(unit).unicodeScalars)
                }
            }
            previous = scalar
        }
        return String(safe)
    }

    /// Cuts text that is safe already.
    static func cut(_ text: String, to widthMax: Int) -> String {
        // No character takes more cells than it has bytes.
        guard text.utf8.count > widthMax, Self.width(text) > widthMax else { return text }
        guard widthMax > 0 else { return "" }
        var fitted = ""
        var width = 0
        for character in text {
            let next = Self.width(character)
            if width + next > widthMax - 1 { break }
            fitted.append(character)
            width += next
        }
        return fitted + "…"
    }

    private static func escaped(_ text: String, keepsLines: Bool) -> String {
        if !keepsLines, Self.isPlain(text) { return text }
        var safe = String.UnicodeScalarView()
        var previous = Unicode.Scalar(" ")
        var markCount = 0
        for scalar in text.unicodeScalars {
            markCount = Self.isMark(scalar) ? markCount + 1 : 0
            switch scalar {
            case "\n", "\t": safe.append(keepsLines ? scalar : " ")
            case "\r", "\u{85}", "\u{2028}", "\u{2029}":
                // A carriage return before a line feed is half a line end.
                if !keepsLines { safe.append(" ") } else if scalar != "\r" { safe.append("\n") }
            case _ where Self.isUnsafe(scalar, after: previous) || markCount > Self.marksMax:
                safe.append(contentsOf: Self.escape(scalar).unicodeScalars)
            default: safe.append(scalar)
            }
            previous = scalar
        }
        return String(safe)
    }

    /// Marks that may follow one letter, as in Unicode's stream-safe text format; more only smear the lines around.
    private static let marksMax = 30

    /// Printable ASCII, as most texts are.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        return switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Controls, and what has no shape of its own: it reorders what stands around it, or makes two texts look the same.
    private static func isUnsafe(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        let properties = scalar.properties
        switch scalar {
        case "\u{200C}", "\u{200D}":
            // Joiners belong in Persian, in Indic scripts and in emoji, and mean nothing after a Latin letter.
            return previous.value < 0x300
        case "\u{E0020}"..."\u{E007F}":
            // Tags follow a black flag, and make it that of a country.
            return previous != "\u{1F3F4}" && !("\u{E0020}"..."\u{E007F}").contains(previous)
        default: break
        }
        if properties.isVariationSelector { return false }
        if properties.isDefaultIgnorableCodePoint { return true }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        case .format: return !Self.hasShape(scalar)
        default: return properties.isBidiControl
        }
    }

    /// Arabic, Syriac and Kaithi signs that stand over or under numbers: format characters that are seen.
    private static func hasShape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x600...0x605, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0x1_10BD, 0x1_10CD: true
        default: false
        }
    }

    /// `\u001b`, and `\u{e0041}` above the 16 bits.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        scalar.value > 0xFFFF ? "\\u{\(String(scalar.value, radix: 16))}" : Self.escape(UInt16(scalar.value))
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    private static func width(_ character: Character) -> Int {
        if character.isASCII { return 1 }
        guard let scalar = character.unicodeScalars.first else { return 0 }
        // Half-width voicing marks join the letter before in one character, and take a cell.
        if (0xFF65...0xFF9F).contains(scalar.value) { return character.unicodeScalars.count }
        switch scalar.value {
        case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0, 0x23F3, 0x25FD...0x25FE,
            0x2614...0x2615, 0x2648...0x2653, 0x267F, 0x2693, 0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE,
            0x26C4...0x26C5, 0x26CE, 0x26D4, 0x26EA, 0x26F2...0x26F3, 0x26F5, 0x26FA, 0x26FD, 0x2705, 0x270A...0x270B,
            0x2728, 0x274C, 0x274E, 0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x27B0, 0x27BF, 0x2B1B...0x2B1C, 0x2B50,
            0x2B55, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x18CFF, 0x1AFF0...0x1B2FB, 0x1F004, 0x1F0CF, 0x1F18E, 0x1F191...0x1F19A, 0x1F1E6...0x1F320,
            0x1F32D...0x1F335, 0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3,
            0x1F3E0...0x1F3F0, 0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D,
            0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A, 0x1F595...0x1F596, 0x1F5A4, 0x1F5FB...0x1F64F,
            0x1F680...0x1F6C5, 0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC,
            0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB, 0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
            0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            // Characters that are shown as emoji because a selector asks for it are wide too.
            if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: return 0
            default: return 1
            }
        }
    }
}
