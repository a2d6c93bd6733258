/// Texts that have broken other programs: SQL, quoting, tsquery and LIKE syntax, markup, control characters, Unicode.
enum HostileTexts {
    static let all: [String] = {
        let seeds = [
            "'", "''", "\"", "\\", "\\'", "';--", "' OR '1'='1", "' OR 1=1--", "1; DROP TABLE profiles",
            "'); DROP TABLE profiles; --",
            "Robert'); DROP TABLE Students;--", "$1", "$1::text", "$$", "$tag$x$tag$", "E'\\x41'", "U&'\\0041'",
            "/* */", "/*", "--",
            "%", "_", "%s%n", "{}", "{\"a\":1}", "{a,b}", "NULL", "null", "\\N", "\\.", ":name", "?", "@@",
            "a & b | !c", "a <-> b",
            "'a' & 'b':*", "!!", "(((", ")))", ":*", "a:b", "<b>x</b>", "<script>alert(1)</script>", "&amp;",
            "\u{1}\u{2}\u{3}",
            "\u{7F}", "\t", "\r\n", " x", "x ", "\u{A0}", "\u{200B}x", "\u{202E}abc", "\u{FEFF}x", "é", "e\u{301}", "ß",
            "ﬁ", "İ", "ı",
            "Ω", "日本語", "한국어", "العربية", "עברית", "हिन्दी", "ไทย", "👩‍👩‍👧‍👦", "🏳️‍🌈", "𝕊", "\u{10FFFF}", "\u{FFFD}",
            "a\u{300}\u{301}\u{302}\u{303}",
            String(repeating: "a", count: 3_000), String(repeating: "'", count: 200),
            String(repeating: "x ", count: 1_000),
            "../../etc/passwd", "${jndi:ldap://x}", "`id`", "$(id)", "; sleep 1", "0x27", "%27", "1e309", "-1",
            "9223372036854775808",
        ]
        // Each alone, and around a quote, a dollar and a backslash: where escaping by hand goes wrong.
        return seeds + seeds.flatMap { ["'\($0)'", "$\($0)$", "\\\($0)\\", "\($0);\($0)", "(\($0)"] }
    }()
}
