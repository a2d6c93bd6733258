import Foundation
import LikenessConsole
import LikenessReflection
import Testing

@Suite struct TerminalTextTests {
    /// What could steer a terminal, reorder a line or hide in it.
    static let hostile: [String] =
        (0...0x1F).map { String(Unicode.Scalar($0)) } + ["\u{7F}"] + (0x80...0x9F).map { String(Unicode.Scalar($0)) }
        + [
            "\u{AD}", "\u{34F}", "\u{61C}", "\u{115F}", "\u{180E}", "\u{200B}", "\u{200E}", "\u{200F}", "\u{2028}",
            "\u{2029}", "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2060}", "\u{2066}", "\u{2067}",
            "\u{2068}", "\u{2069}", "\u{206F}", "\u{3164}", "\u{FEFF}", "\u{FFA0}", "\u{FFF9}", "\u{E0001}",
            "\u{E0041}",
        ]

    @Test func `nothing that steers a terminal reaches it`() {
        for text in Self.hostile {
            for safe in [TerminalText.line("a\(text)b"), TerminalText.fitted("a\(text)b", to: 40)] {
                #expect(safe.unicodeScalars.allSatisfy(Self.isHarmless), "\(text.unicodeScalars.map(\.value)): \(safe)")
                #expect(!safe.contains("\n"))
            }
            let interpolated: DisplayText = "1 \(text) 2"
            #expect(interpolated.text.unicodeScalars.allSatisfy(Self.isHarmless))
        }
        #expect(TerminalText.line("\u{1B}]0;X\u{7}") == "\\u001b]0;X\\u0007")
        #expect(TerminalText.line("a\tb\r\nc\u{2028}d") == "a b  c d")
        #expect(TerminalText.lines("a\r\n\u{9B}b\tc\u{85}") == "a\n\\u009bb\tc\n")
        #expect(TerminalText.line("ad\u{200D}min") == "ad\\u200dmin")
        #expect(TerminalText.line("\u{E0041}") == "\\u{e0041}")
    }

    /// An escape is ASCII; line ends within `lines` were asked for.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool { (0x20...0x7E).contains(scalar.value) }

    @Test(arguments: [
        "Ada Lovelace", "Ambroise Paré", "山田太郎", "김민준", "می‌خواهم", "ابن خلدون", "क्षत्रिय", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️",
        "\u{600}1", "e\u{301}", "–„“…",
    ]) func `names of people stay as they are written`(name: String) {
        #expect(TerminalText.line(name) == name)
        #expect(DisplayText(json: "\"\(name)\"").text == "\"\(name)\"")
    }

    @Test func `a letter has a bounded number of marks`() {
        let text = TerminalText.line("a" + String(repeating: "\u{301}", count: 1_000))
        #expect(text.unicodeScalars.count { $0 == "\u{301}" } == 30)
    }

    @Test func `JSON stays the JSON that it is`() throws {
        for text in Self.hostile + ["é", "👩‍👩‍👧‍👦", "\u{1F3F4}\u{E0067}", "\"\\"] {
            let json = DisplayText(json: JSONNode.string("a\(text)b").text()).text
            #expect(try JSONParser.parse(Array(json.utf8)) == .string("a\(text)b"), "\(json)")
        }
        let json = DisplayText(json: JSONNode.string("\u{9B}31m\u{202E}\u{E0001}").text()).text
        #expect(json == #""\u009b31m\u202e\udb40\udc01""#)
    }

    @Test(arguments: [
        ("abc", 3), ("山田", 4), ("김민준", 6), ("e\u{301}", 1), ("👩‍👩‍👧‍👦", 2), ("🇩🇪", 2), ("❤️", 2), ("ﾊﾟ", 2), ("☆", 1),
        ("…", 1), ("", 0),
    ]) func `cells are counted as terminals count them`(text: String, width: Int) {
        #expect(TerminalText.width(text) == width)
    }

    @Test func `a table is never wider than its terminal`() {
        var table = Table([
            .init(title: "#", alignment: .right), .init(title: "NAME", widthMax: 28),
            .init(title: "SECTION", widthMax: 30), .init(title: "PASSAGE", widthMax: 76),
        ])
        table.add([
            "1", "山田太郎と申します、どうぞよろしくお願いします", "Matron, Berkendael Institute", String(repeating: "word ", count: 40),
        ])
        table.add(["12", "Edith Cavell", "👩‍👩‍👧‍👦 family", "e\u{301}e\u{301}e\u{301}"])
        for columns in [30, 40, 60, 80, 100, 200] {
            let lines = table.rendered(style: TerminalStyle(isStyled: false, columns: columns)).text.split(
                separator: "\n"
            )
            #expect(lines.count == 3)
            #expect(lines.allSatisfy { TerminalText.width(String($0)) <= columns }, "\(columns): \(lines)")
            #expect(lines[2].hasPrefix("12  Edith "))
        }
        let whole = table.rendered(style: .plain).text.split(separator: "\n")
        #expect(whole[1].hasSuffix("…") && TerminalText.width(String(whole[1])) > 130)
    }
}
