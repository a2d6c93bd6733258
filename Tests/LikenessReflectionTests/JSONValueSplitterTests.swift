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
            var found: [[UInt8]] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += splitter.received(bytes[start..<min(start + size, bytes.count)])
            }
            if let last = splitter.ended() { found.append(last) }
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == values, "in pieces of \(size)")
        }
    }

    @Test func `a value is there as soon as it is complete`() {
        var splitter = JSONValueSplitter()
        #expect(splitter.received("{\"a\":1".utf8).isEmpty)
        #expect(splitter.received("}".utf8).count == 1)
        #expect(splitter.ended() == nil)
    }
}
