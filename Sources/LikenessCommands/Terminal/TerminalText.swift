/// Text as a terminal shows it.
enum TerminalText {
    /// Cells that a text takes on a terminal: combining marks none, wide East Asian characters and emoji two.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + Self.width($1) }
    }

    /// The text without control characters, so that stored data cannot steer the terminal, cut to `widthMax` cells
    /// with "…" at the end when longer.
    static func fitted(_ text: String, to widthMax: Int) -> String {
        let clean = Self.printable(text)
        guard Self.width(clean) > widthMax else { return clean }
        var fitted = ""
        var width = 0
        for character in clean {
            let next = Self.width(character)
            if width + next > widthMax - 1 { break }
            fitted.append(character)
            width += next
        }
        return fitted + "…"
    }

    /// The text on one line: every run of white space and control characters is one space.
    static func printable(_ text: String) -> String {
        var clean = ""
        var isGap = false
        for character in text {
            let isControl = character.unicodeScalars.contains { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: scalar.value != 0x200D
                default: false
                }
            }
            if isControl || character.isWhitespace {
                isGap = !clean.isEmpty
            } else {
                if isGap { clean.append(" ") }
                isGap = false
                clean.append(character)
            }
        }
        return clean
    }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: return 0
            default: return 1
            }
        }
    }
}
