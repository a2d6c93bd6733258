/// Reads filters: AIP-160's grammar (https://google.aip.dev/assets/misc/ebnf-filtering.txt), with bounds.
///
///     expression = sequence { "AND" sequence }
///     sequence   = factor { factor }                       also means AND
///     factor     = term { "OR" term }                      binds tighter than AND
///     term       = [ "NOT" | "-" ] ( condition | "(" expression ")" )
///     condition  = name operator value | name "(" expression ")"
///     operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
///
/// A value alone, which AIP-160 lets stand for a search in all fields, is refused: that is what a query's text is for.
struct FilterParser {
    static let bytesMax = 4_096
    static let conditionsMax = 100
    static let depthMax = 16

    private var tokens: FilterTokens
    private var conditions = 0

    /// - Returns: `nil` for a filter of white space alone, which lets everything through.
    /// - Throws: `FilterError`.
    static func parse(_ text: String) throws(FilterError) -> FilterExpression? {
        guard text.utf8.count <= self.bytesMax else {
            throw FilterError(reason: "has \(text.utf8.count) bytes; at most \(self.bytesMax) are read", position: 1)
        }
        var parser = FilterParser(tokens: try FilterTokens(text))
        guard parser.tokens.current.kind != .end else { return nil }
        let expression = try parser.expression(depth: 1)
        guard parser.tokens.current.kind == .end else {
            throw parser.unexpected("the end or another condition")
        }
        return expression
    }

    /// The path of a field, as a filter reads it: `experiences.organization`, `attributes."a key"`.
    ///
    /// - Returns: `nil` for what is none.
    static func fieldPath(_ text: String) -> [String]? {
        guard case .condition(let condition)? = try? self.parse(text + ":*"), condition.value.isPresence,
            condition.comparison == .has
        else { return nil }
        return condition.field.parts
    }

    private init(tokens: FilterTokens) { self.tokens = tokens }

    private mutating func expression(depth: Int) throws(FilterError) -> FilterExpression {
        guard depth <= Self.depthMax else {
            throw FilterError(
                reason: "has more than \(Self.depthMax) levels of parentheses",
                position: self.tokens.current.position
            )
        }
        var parts = [try self.factor(depth: depth)]
        while true {
            if self.tokens.current.isWord("AND") {
                self.tokens.advance()
            } else if !self.tokens.current.beginsTerm {
                break
            }
            parts.append(try self.factor(depth: depth))
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func factor(depth: Int) throws(FilterError) -> FilterExpression {
        var parts = [try self.term(depth: depth)]
        while self.tokens.current.isWord("OR") {
            self.tokens.advance()
            parts.append(try self.term(depth: depth))
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func term(depth: Int) throws(FilterError) -> FilterExpression {
        if self.tokens.current.isWord("NOT") || self.tokens.current.kind == .minus {
            self.tokens.advance()
            return .not(try self.simple(depth: depth))
        }
        return try self.simple(depth: depth)
    }

    private mutating func simple(depth: Int) throws(FilterError) -> FilterExpression {
        if self.tokens.current.kind == .open { return try self.parenthesised(depth: depth) }
        let name = try self.name()
        if self.tokens.current.kind == .open { return .row(of: name, try self.parenthesised(depth: depth)) }
        guard case .comparison(let comparison) = self.tokens.current.kind else {
            throw self.unexpected("one of = != < <= > >= : behind \"\(name.text)\"")
        }
        self.tokens.advance()
        self.conditions += 1
        guard self.conditions <= Self.conditionsMax else {
            throw FilterError(reason: "has more than \(Self.conditionsMax) conditions", position: name.position)
        }
        return .condition(FilterCondition(field: name, comparison: comparison, value: try self.value()))
    }

    private mutating func parenthesised(depth: Int) throws(FilterError) -> FilterExpression {
        let open = self.tokens.current.position
        self.tokens.advance()
        let inside = try self.expression(depth: depth + 1)
        guard self.tokens.current.kind == .close else {
            throw self.unexpected("\")\" for the \"(\" at character \(open)")
        }
        self.tokens.advance()
        return inside
    }

    private mutating func name() throws(FilterError) -> FilterName {
        let position = self.tokens.current.position
        guard case .word(let first) = self.tokens.current.kind, !self.tokens.current.isKeyword else {
            throw self.unexpected("the name of a field")
        }
        var parts = [first]
        self.tokens.advance()
        while self.tokens.current.kind == .dot {
            self.tokens.advance()
            switch self.tokens.current.kind {
            // Keys of attributes may be anything.
            case .word(let part): parts.append(part)
            case .quoted(let part): parts.append(part.text)
            default: throw self.unexpected("a name behind the dot")
            }
            self.tokens.advance()
        }
        return FilterName(parts: parts, position: position)
    }

    private mutating func value() throws(FilterError) -> FilterValue {
        let position = self.tokens.current.position
        if case .quoted(let text) = self.tokens.current.kind {
            self.tokens.advance()
            return FilterValue(content: text, isQuoted: true, position: position)
        }
        var text = ""
        if self.tokens.current.kind == .minus {
            text = "-"
            self.tokens.advance()
        }
        guard case .word(let first) = self.tokens.current.kind else { throw self.unexpected("a value") }
        text += first
        self.tokens.advance()
        // 3.5 and example.org.
        while self.tokens.current.kind == .dot {
            self.tokens.advance()
            guard case .word(let part) = self.tokens.current.kind else {
                throw self.unexpected("a value behind the dot")
            }
            text += "." + part
            self.tokens.advance()
        }
        return FilterValue(content: FilterText(word: text), isQuoted: false, position: position)
    }

    private func unexpected(_ wanted: String) -> FilterError {
        FilterError(
            reason: "has \(self.tokens.current.description) where \(wanted) was expected",
            position: self.tokens.current.position
        )
    }
}
