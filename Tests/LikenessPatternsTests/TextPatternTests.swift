import Foundation
import LikenessPatterns
import Testing

@Suite struct TextPatternTests {
    @Test(arguments: [
        ("", ["", "a"], []),
        ("abc", ["abc", "xabcx"], ["", "ab", "aBc"]),
        ("^abc$", ["abc"], ["xabc", "abcx", "abc\n"]),
        ("^[a-z][a-z0-9_.-]{0,3}$", ["a", "a0_.", "z---"], ["", "0", "abcde", "A", "ä"]),
        ("^(?:de|en|fr)(-[A-Z]{2})?$", ["de", "en-GB"], ["it", "de-", "de-D", "de-DEU"]),
        ("^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", ["a@b.cd", "ä.x@ü.museum"], ["a@b", "a b@c.de", "a@@b.cd", "@b.cd"]),
        ("^\\d{4}-\\d\\d$", ["2024-01"], ["2024-1", "20240-01", "٢٠٢٤-01"]),
        ("^.$", ["a", "日", "👩"], ["", "ab", "\n", "e\u{301}"]),
        ("^[]a]$", ["]", "a"], ["b"]),
        ("^[a\\-z]$", ["a", "-", "z"], ["b"]),
        ("^\\W\\S\\D$", ["-a-", " --"], ["a--", "- -"]),
        ("a|", ["", "b"], []),
        ("^(a|b)*c$", ["c", "ababc"], ["ab", "abd"]),
        ("^(a*)*$", ["", "aaaa"], ["b"]),
        ("^[\\w\\s]+$", ["a b_1\t"], ["a-b", ""]),
    ])
    func `is found or not`(_ pattern: String, _ yes: [String], _ no: [String]) throws {
        let compiled = try TextPattern(pattern)
        for text in yes { #expect(compiled.matches(text), "\(pattern) in \(text)") }
        for text in no { #expect(!compiled.matches(text), "\(pattern) not in \(text)") }
    }

    @Test(arguments: [
        "(", ")", "[a", "*", "a**", "a{2,1}", "a{", "a{1001}", "\\", "\\q", "[z-a]", "(?=a)", "(a{1000}){1000}", "a+?",
        "\\1",
        String(repeating: "(", count: 100) + String(repeating: ")", count: 100),
    ])
    func `what is no pattern, or too large a one, is refused`(_ pattern: String) {
        #expect(throws: TextPattern.Failure.self) { try TextPattern(pattern) }
    }

    @Test func `random patterns mean what they mean to NSRegularExpression`() throws {
        var random = SystemRandomNumberGenerator()
        func piece(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 0 ? 9 : 5), using: &random) {
            case 0: "a"
            case 1: "b"
            case 2: "."
            case 3: "[ab]"
            case 4: "[^a]"
            case 5: "(?:\(piece(depth - 1))\(piece(depth - 1)))"
            case 6: "(?:\(piece(depth - 1))|\(piece(depth - 1)))"
            case 7:
                "(?:\(piece(depth - 1)))\(["*", "+", "?", "{2}", "{1,2}", "{2,}"].randomElement(using: &random) ?? "*")"
            default: piece(depth - 1) + piece(depth - 1)
            }
        }
        for _ in 0..<400 {
            var pattern = piece(3)
            if Bool.random(using: &random) { pattern = "^\(pattern)" }
            if Bool.random(using: &random) { pattern += "$" }
            let compiled = try TextPattern(pattern)
            let other = try NSRegularExpression(pattern: pattern)
            for _ in 0..<10 {
                let text = String(
                    (0..<Int.random(in: 0...7, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" }
                )
                let range = NSRange(location: 0, length: text.utf16.count)
                #expect(
                    compiled.matches(text) == (other.firstMatch(in: text, range: range) != nil),
                    "\(pattern) in \(text)"
                )
            }
        }
    }

    /// What this thread has used: other tests run beside it.
    private static var processorTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test func `a text of four times the length takes about four times as long`() throws {
        for pattern in ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "^(.*a){10}$"] {
            let compiled = try TextPattern(pattern)
            func fastest(_ count: Int) -> Duration? {
                let text = String(repeating: "a", count: count) + "!"
                return (0..<3).map { _ in
                    let start = Self.processorTime
                    #expect(!compiled.matches(text))
                    return Self.processorTime - start
                }.min()
            }
            let short = try #require(fastest(5_000))
            let long = try #require(fastest(20_000))
            // Sixteen times were it the square.
            #expect(long < short * 10, "\(pattern): \(short), \(long)")
        }
    }
}
