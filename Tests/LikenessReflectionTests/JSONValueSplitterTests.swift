import LikenessReflection
import Testing

@Suite struct JSONValueSplitterTests {
    @Test(arguments: [
        ("", []), ("  \n", []), ("{}", ["{}"]), ("{}{}", ["{}", "{}"]),
        ("{\"a\":\"}\\\"{\"}\n[1,\n2]", ["{\"a\":\"}\\\"{\"}", "[1,\n2]"]),
        ("1 2\n\"a\"true", ["1", "2", "\"a\"", "true"]), ("1{}", ["1", "{}"]), ("{\"a\":", ["{\"a\":"]),
        ("}x", ["}", "x"]),
    ])
    func `values are cut apart wherever the bytes are`(_ text: String, _ values: [String]) {
        for size in [1, 2, 3, 1_000] {
            var splitter = JSONValueSplitter()
            var found: [JSONValueSplitter.Value] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += splitter.received(bytes[start..<min(start + size, bytes.count)])
            }
            if let last = splitter.ended() { found.append(last) }
            #expect(found.map { String(decoding: $0.text, as: UTF8.self) } == values, "in pieces of \(size)")
        }
    }

    @Test func `a value is there as soon as it is complete`() {
        var splitter = JSONValueSplitter()
        #expect(splitter.received("{\"a\":1".utf8).isEmpty)
        #expect(splitter.received("}".utf8).count == 1)
        #expect(splitter.ended() == nil)
    }

    @Test(arguments: [1, 2, 1_000])
    func `a byte order mark at the start of a text is no part of a value`(_ size: Int) {
        var splitter = JSONValueSplitter()
        for _ in 0..<2 {
            var found: [JSONValueSplitter.Value] = []
            let bytes = Array("\u{FEFF}{} \u{FEFF}1".utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += splitter.received(bytes[start..<min(start + size, bytes.count)])
            }
            if let last = splitter.ended() { found.append(last) }
            // Anywhere else it is one that the parser refuses.
            #expect(found.map { String(decoding: $0.text, as: UTF8.self) } == ["{}", "\u{FEFF}1"])
            #expect(found.first?.start == .start)
        }
    }

    @Test func `a value says where it begins`() {
        var splitter = JSONValueSplitter()
        var starts: [String] = []
        for text in ["{}é {\n", "}\n\n  [", "1] 2"] { starts += splitter.received(text.utf8).map { "\($0.start)" } }
        if let last = splitter.ended() { starts.append("\(last.start)") }
        #expect(
            starts == [
                "line 1, column 1", "line 1, column 3", "line 1, column 5", "line 4, column 3", "line 4, column 7",
            ]
        )
        #expect(splitter.received("{}".utf8).map(\.start) == [.start], "another text has lines of its own")
    }
}
