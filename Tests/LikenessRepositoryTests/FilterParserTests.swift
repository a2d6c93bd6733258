import Testing

@testable import LikenessRepository

@Suite struct FilterParserTests {
    /// `a1` for the condition `a = 1`, and signs between them, without positions.
    private static func shape(_ expression: FilterExpression) -> String {
        switch expression {
        case .all(let parts): "(" + parts.map { self.shape($0) }.joined(separator: "&") + ")"
        case .any(let parts): "(" + parts.map { self.shape($0) }.joined(separator: "|") + ")"
        case .not(let part): "!" + self.shape(part)
        case .condition(let condition):
            condition.field.text + condition.comparison.rawValue + condition.value.content.text
        case .row(let name, let inside): name.text + "{" + self.shape(inside) + "}"
        }
    }

    @Test(arguments: [
        ("a = 1", "a=1"),
        ("a=1 AND b=2", "(a=1&b=2)"),
        ("a=1 b=2", "(a=1&b=2)"),
        ("a=1 OR b=2", "(a=1|b=2)"),
        // OR binds tighter than AND, written or not.
        ("a=1 AND b=2 OR c=3", "(a=1&(b=2|c=3))"),
        ("a=1 OR b=2 AND c=3 OR d=4", "((a=1|b=2)&(c=3|d=4))"),
        ("a=1 b=2 OR c=3 AND d=4", "(a=1&(b=2|c=3)&d=4)"),
        ("(a=1 AND b=2) OR c=3", "((a=1&b=2)|c=3)"),
        ("NOT a=1 OR b=2", "(!a=1|b=2)"),
        ("-a=1 b=2", "(!a=1&b=2)"),
        ("NOT (a=1 b=2)", "!(a=1&b=2)"),
        ("a.b.c = 1", "a.b.c=1"),
        ("a.\"x y\".c != -3.5", "a.x y.c!=-3.5"),
        ("experiences(title:\"chief\" AND start_date >= 2010)", "experiences{(title:chief&start_date>=2010)}"),
        ("experiences((a=1))", "experiences{a=1}"),
        ("d >= 2010-05-01 e:x-y", "(d>=2010-05-01&e:x-y)"),
        ("t < \"2010-05-01T00:00:00Z\"", "t<2010-05-01T00:00:00Z"),
        ("a = 'it''s'", ""), ("a = 'it\\'s \"so\"'", "a=it's \"so\""),
        ("ANDROID = 1", "ANDROID=1"), ("a = AND", "a=AND"),
    ])
    func `a filter means what AIP-160 says`(text: String, shape: String) throws {
        guard !shape.isEmpty else {
            #expect(throws: FilterError.self) { try FilterParser.parse(text) }
            return
        }
        #expect(Self.shape(try #require(try FilterParser.parse(text))) == shape)
    }

    @Test func `nothing but white space lets everything through`() throws {
        #expect(try FilterParser.parse("") == nil)
        #expect(try FilterParser.parse(" \n\t") == nil)
    }

    @Test(arguments: [
        ("a", 2, "has its end"), ("a =", 4, "has its end"), ("= 1", 1, "has \"=\""), ("a = 1 AND", 10, "has its end"),
        ("a = 1 OR OR b = 2", 10, "has \"OR\""),
        ("(a = 1", 7, "for the \"(\" at character 1"),
        ("a = 1)", 6, "has \")\""),
        ("a == 1", 4, "has \"=\""), ("a ! 1", 3, "has \"!\""), ("a = \"x", 5, "quote without an end"),
        ("***", 4, "has its end"),
        ("a = 1, b = 2", 6, "has a comma"),
        ("a. = 1", 4, "has \"=\""),
        ("()", 2, "has \")\""),
        ("\"a\" = 1", 1, "a text in quotes"), ("NOT", 4, "has its end"), ("a = 1 \"b\"", 7, "a text in quotes"),
        ("é = 1 日 ~ 2", 9, "has \"~\""),
    ])
    func `a mistake is named with its place`(text: String, position: Int, says: String) {
        do {
            Issue.record("\(String(describing: try FilterParser.parse(text)))")
        } catch {
            #expect(error.position == position, "\(error)")
            #expect(error.reason.contains(says), "\(error)")
        }
    }

    @Test func `length, conditions and depth have bounds`() throws {
        func reason(_ text: String) -> String {
            do {
                _ = try FilterParser.parse(text)
                return ""
            } catch {
                return error.reason
            }
        }
        #expect(reason(String(repeating: "(", count: 10_000)).contains("10000 bytes"))
        #expect(reason("a = \"" + String(repeating: "é", count: 2_044) + "\"").contains("4,094") == false)
        #expect(
            reason(String(repeating: "(", count: 17) + "a=1" + String(repeating: ")", count: 17)).contains("16 levels")
        )
        #expect(reason(String(repeating: "(", count: 15) + "a=1" + String(repeating: ")", count: 15)).isEmpty)
        #expect(reason(Array(repeating: "a=1", count: 100).joined(separator: " OR ")).isEmpty)
        #expect(reason(Array(repeating: "a=1", count: 101).joined(separator: " OR ")).contains("100 conditions"))
    }

    @Test func `stars at the ends are wildcards, escaped ones are stars`() throws {
        func content(_ text: String) throws -> FilterText? {
            guard case .condition(let condition)? = try FilterParser.parse("a = \(text)") else { return nil }
            return condition.value.content
        }
        let both = try #require(try content("\"*ab*\""))
        #expect(both.text == "ab" && both.isOpenAtStart && both.isOpenAtEnd && !both.hasInnerStar)
        let escaped = try #require(try content("\"\\*ab\\*\""))
        #expect(escaped.text == "*ab*" && !escaped.isPattern && !escaped.hasInnerStar)
        let backslash = try #require(try content("\"ab\\\\*\""))
        #expect(backslash.text == "ab\\" && backslash.isOpenAtEnd)
        #expect(try content("a*b")?.hasInnerStar == true)
        #expect(try content("*")?.isOpenAtStart == true)
    }

    /// Writes a tree with as few parentheses as the grammar needs.
    private static func text(_ expression: FilterExpression, _ random: inout SplitMix) -> String {
        func inside(_ part: FilterExpression, needs: Bool, _ random: inout SplitMix) -> String {
            let text = self.text(part, &random)
            return needs || Int.random(in: 0..<4, using: &random) == 0 ? "(\(text))" : text
        }
        switch expression {
        case .all(let parts):
            return parts.map { part in
                if case .all = part { inside(part, needs: true, &random) } else { inside(part, needs: false, &random) }
            }.joined(separator: Bool.random(using: &random) ? " AND " : " ")
        case .any(let parts):
            return parts.map { part in
                switch part {
                case .all, .any: inside(part, needs: true, &random)
                case .not, .condition, .row: inside(part, needs: false, &random)
                }
            }.joined(separator: " OR ")
        case .not(let part):
            let sign = Bool.random(using: &random) ? "-" : "NOT "
            if case .condition = part { return sign + self.text(part, &random) }
            if case .row = part { return sign + self.text(part, &random) }
            return sign + "(" + self.text(part, &random) + ")"
        case .condition(let condition):
            return condition.field.text + condition.comparison.rawValue + condition.value.content.text
        case .row(let name, let inside): return name.text + "(" + self.text(inside, &random) + ")"
        }
    }

    private static func tree(_ depth: Int, _ random: inout SplitMix) -> FilterExpression {
        let kind = depth == 0 ? 0 : Int.random(in: 0..<5, using: &random)
        func children(_ random: inout SplitMix) -> [FilterExpression] {
            (0..<Int.random(in: 2...3, using: &random)).map { _ in self.tree(depth - 1, &random) }
        }
        switch kind {
        case 1: return .all(children(&random))
        case 2: return .any(children(&random))
        case 3: return .not(self.tree(depth - 1, &random))
        case 4: return .row(of: FilterName(parts: ["r"], position: 0), self.tree(depth - 1, &random))
        default:
            let name = FilterName(parts: [["a", "b", "c"].randomElement(using: &random) ?? "a"], position: 0)
            let comparison = FilterCondition.Comparison.allCases.randomElement(using: &random) ?? .equal
            let value = FilterValue(
                content: FilterText(word: String(Int.random(in: 0..<99, using: &random))),
                isQuoted: false,
                position: 0
            )
            return .condition(FilterCondition(field: name, comparison: comparison, value: value))
        }
    }

    @Test func `what is written is read as it was meant`() throws {
        var random = SplitMix(seed: 11)
        for _ in 0..<3_000 {
            let tree = Self.tree(3, &random)
            let text = Self.text(tree, &random)
            let read = try #require(try FilterParser.parse(text))
            #expect(Self.shape(read) == Self.shape(tree), "\(text)")
        }
    }

    @Test func `any text is a filter or an error within it`() {
        var random = SplitMix(seed: 12)
        let pieces = [
            "a", "AND", "OR", "NOT", "-", "(", ")", ".", ":", "=", "!", "<", ">", "<=", "\"", "'", "\\", "*", ",", " ",
            "\n",
            "é", "👩‍👩‍👧‍👦", "\u{0}", "2010-01-01", "experiences", "attributes", "\u{301}", "\r\n",
        ]
        var read = 0
        for _ in 0..<30_000 {
            let text = (0..<Int.random(in: 0..<14, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            do {
                if try FilterParser.parse(text) != nil { read += 1 }
            } catch {
                #expect((1...text.count + 1).contains(error.position), "\(text.debugDescription): \(error)")
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(read > 50)
    }
}
