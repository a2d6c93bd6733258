import LikenessMessages
import Testing

/// The rules of the contract, checked by generated code.
@Suite struct ValidationTests {
    /// Satisfies every rule.
    private let valid = Ruled(requiredText: "x", large: 10, floats: [1], requiredMessage: Scalars())

    private func broken(_ change: (inout Ruled) -> Void) -> [String] {
        var ruled = self.valid
        change(&ruled)
        return ruled.violations().map { "\($0.field) \($0.ruleID)" }
    }

    @Test func `a valid message breaks nothing`() { #expect(self.valid.violations().isEmpty) }

    @Test func `an empty one breaks what is required, in the order of the contract`() {
        let found = Ruled().violations().map { "\($0.field) \($0.ruleID)" }
        #expect(
            found == [
                "required_text required", "large int64.gte", "floats repeated.min_items", "required_message required",
            ]
        )
    }

    @Test(
        arguments: [
            ("", true), ("00000000-0000-0000-0000-000000000000", true), ("ABCDEF01-2345-6789-abcd-ef0123456789", true),
            ("00000000000000000000000000000000", false), ("00000000-0000-0000-0000-00000000000g", false),
            ("{0000000-0000-0000-0000-00000000000}", false), ("00000000-0000-0000-0000-0000000000000", false),
        ]
    )
    func `a UUID has the canonical form`(text: String, isValid: Bool) {
        #expect(self.broken { $0.uuid = text } == (isValid ? [] : ["uuid string.uuid"]))
        // The chosen member of a oneof is there even when it is empty.
        let chosen = self.broken { $0.choice = .choiceUuid(text) }
        #expect(chosen == (isValid && !text.isEmpty ? [] : ["choice_uuid string.uuid"]))
    }

    @Test(
        arguments: [
            ("", []), ("ada", []), ("ada-1-b", []), ("Ada", ["slug"]), ("-ada", ["slug"]), ("ada-", ["slug"]),
            ("a--b", ["slug"]), ("ä", ["slug"]), ("a b", ["slug"]), ("abcdefghijk", ["max_bytes"]),
        ]
    )
    func `a slug is lower-case words between single hyphens`(text: String, rules: [String]) {
        #expect(self.broken { $0.slug = text } == rules.map { "slug string.\($0)" })
    }

    @Test(
        arguments: [
            ("", []), ("a", ["min_len"]), ("ab", []), ("日本語文", []), ("日本語文字", ["max_len"]), ("é", ["min_len"]),
            ("e\u{301}", []), ("👩🏽‍🔬", []), ("👩🏽‍🔬🔬", ["max_len"]),
        ]
    )
    func `lengths count code points`(text: String, rules: [String]) {
        #expect(self.broken { $0.sized = text } == rules.map { "sized string.\($0)" })
    }

    @Test func `numbers stay within their limits`() {
        for value in [-3, 0, 3] as [Int32] { #expect(self.broken { $0.bounded = value }.isEmpty) }
        #expect(self.broken { $0.bounded = -4 } == ["bounded int64.gte"])
        #expect(self.broken { $0.bounded = .max } == ["bounded int64.lte"])
        #expect(self.broken { $0.large = 9 } == ["large int64.gte"])
        #expect(self.broken { $0.large = .max }.isEmpty)
        #expect(self.broken { $0.ratio = 1 }.isEmpty)
        #expect(self.broken { $0.ratio = 1.0000001 } == ["ratio double.lte"])
        #expect(self.broken { $0.ratio = -.infinity } == ["ratio double.finite"])
        #expect(self.broken { $0.ratio = .nan } == ["ratio double.finite"])
    }

    @Test func `every float of a list is finite`() {
        #expect(self.broken { $0.floats = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0] }.isEmpty)
        let broken = self.broken { $0.floats = [.nan, 1, -.infinity] }
        #expect(broken == ["floats[0] double.finite", "floats[2] double.finite"])
        #expect(self.broken { $0.floats = [1, 2, 3, 4] } == ["floats repeated.max_items"])
    }

    @Test func `items of a list are checked one by one, empty ones too`() {
        let broken = self.broken { $0.words = ["ok", "", "four"] }
        #expect(broken == ["words[1] string.min_len", "words[2] string.max_len"])
    }

    @Test func `messages inside are checked with their path, unless ignored`() {
        let bad = Ruled(uuid: "x", requiredText: "x", large: 10, floats: [1], requiredMessage: Scalars())
        #expect(self.broken { $0.checked = [self.valid, bad] } == ["checked[1].uuid string.uuid"])
        #expect(self.broken { $0.unchecked = [bad] }.isEmpty)
        #expect(self.broken { $0.choice = .choiceRuled(bad) } == ["choice_ruled.uuid string.uuid"])
        let tree = Tree(left: Tree(children: [Tree(), Tree(ruled: bad)]))
        #expect(tree.violations().map(\.field) == ["left.children[1].ruled.uuid"])
    }

    private func brokenMore(_ change: (inout RuledMore) -> Void) -> [String] {
        var ruled = RuledMore(texts: ["a": "b"])
        change(&ruled)
        return ruled.violations().map { "\($0.field) \($0.ruleID)" }
    }

    @Test(
        arguments: [
            ("", []), ("de", []), ("en-GB", []), ("DE", ["pattern"]), ("de-", ["pattern"]), ("xde", ["pattern"]),
            // What is too long is not matched.
            (String(repeating: "X", count: 21), ["max_len"]),
        ]
    )
    func `a text matches its pattern`(text: String, rules: [String]) {
        #expect(self.brokenMore { $0.pattern = text } == rules.map { "pattern string.\($0)" })
    }

    @Test func `patterns of items and of chosen members name their place`() {
        let broken = self.brokenMore { $0.patterns = ["1\"", "", "a2\"b", "3"] }
        #expect(broken == ["patterns[1] string.pattern", "patterns[3] string.pattern"])
        #expect(self.broken { $0.choice = .choicePattern("") }.isEmpty)
        #expect(self.broken { $0.choice = .choicePattern("A") } == ["choice_pattern string.pattern"])
        let nested = RuledMore(texts: ["a": ""], messages: [7: RuledMore(pattern: "1", texts: ["a": ""])])
        let found = nested.violations()
        #expect(found.map(\.field) == [#"messages["7"].pattern"#])
        #expect(found.first?.message == "does not match ^[a-z]{2}(-[A-Z]{2})?$")
    }

    @Test func `bytes have a length, enums a name, integers of a list a range`() {
        #expect(self.brokenMore { $0.data = [] }.isEmpty)
        #expect(self.brokenMore { $0.data = [1] } == ["data bytes.min_len"])
        #expect(self.brokenMore { $0.data = [1, 2, 3, 4, 5] } == ["data bytes.max_len"])
        #expect(
            self.brokenMore { $0.datas = [[1], [], [1, 2, 3]] } == ["datas[1] bytes.min_len", "datas[2] bytes.max_len"]
        )
        #expect(self.brokenMore { $0.colour = .infrared }.isEmpty)
        #expect(self.brokenMore { $0.colour = .unrecognized(3) } == ["colour enum.defined_only"])
        #expect(self.brokenMore { $0.colours = [.red, .unrecognized(-9)] } == ["colours[1] enum.defined_only"])
        let numbers = self.brokenMore { $0.numbers = [1, 0, 9, .max] }
        #expect(numbers == ["numbers[1] int64.gte", "numbers[3] int64.lte"])
    }

    @Test func `maps have a size, and rules for keys and values`() {
        #expect(self.brokenMore { $0.texts = [:] } == ["texts map.min_pairs"])
        #expect(self.brokenMore { $0.texts = ["a": "", "b": "", "c": ""] } == ["texts map.max_pairs"])
        let broken = self.brokenMore { $0.texts = ["A": "x y", "b": "long"] }
        #expect(
            broken == [
                #"texts["A"] string.slug"#, #"texts["A"] string.pattern"#, #"texts["b"] string.max_len"#,
            ]
        )
        #expect(self.brokenMore { $0.flags = [true: "", false: "x"] } == [#"flags["true"] string.min_len"#])
    }

    @Test func `no more than thirty-two are collected`() {
        let bad = Ruled(uuid: "x")
        #expect(self.broken { $0.checked = Array(repeating: bad, count: 1_000) }.count == Violations.countMax)
        #expect(self.broken { $0.floats = Array(repeating: .nan, count: 100_000) }.count == Violations.countMax)
    }

    @Test func `a violation says what is wrong`() throws {
        let request = QueryRequest(query: Query(ask: .vector(VectorQuery(values: [1, .nan]))), limit: 1_001)
        #expect(
            request.violations() == [
                Violation(
                    field: "query.vector.values[1]",
                    ruleID: "double.finite",
                    message: "is nan; must be a finite number"
                ), Violation(field: "limit", ruleID: "int64.lte", message: "is 1001; must be at most 1000"),
            ]
        )
    }
}
