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
        #expect(self.broken { $0.ratio = -.infinity } == ["ratio double.finite", "ratio double.gte"])
        #expect(self.broken { $0.ratio = .nan } == ["ratio double.finite", "ratio double.gte", "ratio double.lte"])
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
