internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// One comparison of one column with one value.
struct FilterComparison {
    let field: FilterField
    let condition: FilterCondition
    /// As in the condition, but never `!=`.
    let comparison: FilterCondition.Comparison

    private var value: FilterValue { self.condition.value }

    func sql(_ parameters: inout Parameters) throws(FilterError) -> SQL {
        if self.comparison == .has, self.value.isPresence { return self.presence(&parameters) }
        guard !self.value.content.hasInnerStar else {
            throw self.error(
                "has a * in the middle of a value; it may stand at its start and its end (\\* in quotes is a star)"
            )
        }
        switch self.field.kind {
        case .uuid:
            try self.require([.equal])
            guard let uuid = UUID(text: try self.plainText()) else { throw self.error("wants a UUID") }
            return self.present("\(self.field.sql) = \(Self.add(uuid, &parameters))")
        case .key:
            try self.require([.equal])
            guard self.value.content.isPattern else {
                return "(\(self.field.sql) = \(Self.add(self.value.content.text, &parameters)))"
            }
            return "(\(self.field.sql) LIKE \(self.pattern(Self.add(self.patternText, &parameters))))"
        case .text:
            try self.require([.equal, .has])
            return self.comparison == .has ? try self.words(&parameters) : self.wholeText(&parameters)
        case .prose:
            try self.require([.has])
            return try self.words(&parameters)
        case .list:
            try self.require([.equal, .has])
            return self.element(&parameters)
        case .category:
            try self.require([.equal])
            return "(\(self.field.sql) = \(Self.add(try self.category(), &parameters)))"
        case .number:
            try self.require([.equal, .less, .lessOrEqual, .greater, .greaterOrEqual])
            guard let number = Int64(try self.plainText()) else { throw self.error("wants a whole number") }
            return "(\(self.field.sql) \(try self.operatorSQL()) \(Self.add(number, &parameters)))"
        case .time, .date:
            try self.require([.equal, .less, .lessOrEqual, .greater, .greaterOrEqual])
            return try self.time(&parameters)
        case .json:
            return try self.place(&parameters)
        }
    }

    // MARK: Kinds

    private func presence(_ parameters: inout Parameters) -> SQL {
        switch self.field.kind {
        case .uuid, .time, .date, .number: "(\(self.field.sql) IS NOT NULL)"
        case .key, .text, .prose: "(\(self.field.sql) <> '')"
        case .list: "(cardinality(\(self.field.sql)) > 0)"
        case .category: "(\(self.field.sql) <> 0)"
        case .json: "(\(self.field.sql) #> \(Self.add(self.field.path, &parameters)) IS NOT NULL)"
        }
    }

    /// Equal but for case and accents. The index knows the first 100 characters.
    private func wholeText(_ parameters: inout Parameters) -> SQL {
        let column = self.field.sql
        if self.value.content.isPattern {
            return "(fold_text(\(column)) LIKE \(self.foldedPattern(&parameters)))"
        }
        let text = Self.add(self.value.content.text, &parameters)
        guard self.field.isIndexed else { return "(fold_text(\(column)) = fold_text(\(text)))" }
        return """
            (fold_term(\(column)) COLLATE "C" = fold_term(\(text)) COLLATE "C" AND fold_text(\(column)) = fold_text(\(text)))
            """
    }

    /// All words of the value are in the text; the row's index finds them in any of its texts first.
    private func words(_ parameters: inout Parameters) throws(FilterError) -> SQL {
        guard !self.value.content.isPattern else {
            throw self.error("has a * in a value behind \":\", which asks for words")
        }
        guard self.value.content.text.contains(where: { $0.isLetter || $0.isNumber }) else {
            throw self.error("wants a word behind \":\"")
        }
        guard !WordsQuery.hasLongWord(self.value.content.text) else {
            throw self.error("has a word of more than \(WordsQuery.wordBytesMax) bytes")
        }
        let query: SQL = "words_query(\(Self.add(self.value.content.text, &parameters)))"
        return "(\(self.field.table.alias).search @@ \(query) AND words_of(\(self.field.sql)) @@ \(query))"
    }

    private func element(_ parameters: inout Parameters) -> SQL {
        guard self.value.content.isPattern else {
            return "(\(self.field.sql) @> ARRAY[\(Self.add(self.value.content.text, &parameters))])"
        }
        return """
            (EXISTS (SELECT FROM unnest(\(self.field.sql)) AS element
                WHERE fold_text(element) LIKE \(self.foldedPattern(&parameters))))
            """
    }

    private func category() throws(FilterError) -> Int16 {
        let wanted = try self.plainText().uppercased()
        guard let found = ExperienceCategory.named.first(where: { $0.word == wanted }) else {
            let words = ExperienceCategory.named.map(\.word)
            throw self.error(
                "wants one of \(words.joined(separator: ", "))",
                hint: Suggestion.question(for: wanted, in: words)
            )
        }
        return Int16(found.rawValue)
    }

    /// A part of a date stands for all of its days; a partly known stored date for its first one.
    private func time(_ parameters: inout Parameters) throws(FilterError) -> SQL {
        guard let time = FilterTime(try self.plainText()) else {
            throw self.error("wants a date such as \"2010\", \"2010-05\", \"2010-05-07\" or \"2010-05-07T09:30:00Z\"")
        }
        let isMoment = time.from == time.to
        if isMoment, case .date = self.field.kind { throw self.error("wants a date without a time") }
        func moment(_ text: String) -> SQL {
            let parameter = Self.add(text, &parameters)
            if case .date = self.field.kind { return "\(parameter)::date" }
            return isMoment ? "\(parameter)::timestamptz" : "(\(parameter)::timestamp AT TIME ZONE 'UTC')"
        }
        let column = self.field.sql
        let sql: SQL
        if isMoment {
            sql = "\(column) \(try self.operatorSQL()) \(moment(time.from))"
        } else {
            switch self.comparison {
            case .less: sql = "\(column) < \(moment(time.from))"
            case .lessOrEqual: sql = "\(column) < \(moment(time.to))"
            case .greater: sql = "\(column) >= \(moment(time.to))"
            case .greaterOrEqual: sql = "\(column) >= \(moment(time.from))"
            case .equal, .notEqual, .has: sql = "\(column) >= \(moment(time.from)) AND \(column) < \(moment(time.to))"
            }
        }
        return self.present(sql)
    }

    /// False, and not NULL, for a column that is NULL. Unlike `coalesce` it leaves an index its use.
    private func present(_ comparison: SQL) -> SQL { "(\(comparison) AND \(self.field.sql) IS NOT NULL)" }

    /// Compares with the JSON value of the same type; another type is not equal, nor less or greater.
    private func place(_ parameters: inout Parameters) throws(FilterError) -> SQL {
        guard !self.value.content.isPattern else { throw self.error("has a * in a value of attributes") }
        let json = JSONLiteral(self.value)
        let (column, path) = (self.field.sql, self.field.path)
        switch self.comparison {
        case .equal, .notEqual:
            return "(\(column) @> \(Self.add(JSONB(json.nested(in: path)), &parameters)))"
        case .has:
            let alone = Self.add(JSONB(json.nested(in: path)), &parameters)
            let listed = Self.add(JSONB(json.nested(in: path, asElement: true)), &parameters)
            return "(\(column) @> \(alone) OR \(column) @> \(listed))"
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard json.type != .boolean else { throw self.error("cannot order true and false") }
            let place = Self.add(path, &parameters)
            let value: SQL = "(\(Self.add(JSONB(json.text), &parameters)))"
            return """
                coalesce(jsonb_typeof(\(column) #> \(place)) = jsonb_typeof\(value)
                    AND \(column) #> \(place) \(try self.operatorSQL()) \(value), false)
                """
        }
    }

    // MARK: Pieces

    private static func add<Value: ParameterValue>(_ value: Value, _ parameters: inout Parameters) -> SQL {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    private func operatorSQL() throws(FilterError) -> SQL {
        switch self.comparison {
        case .equal: "="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .notEqual, .has: throw self.error("does not order")
        }
    }

    /// The value folded as the texts that it is compared with, and only then made a pattern: folding turns signs such as the
    /// full-width ％ into those that LIKE reads.
    private func foldedPattern(_ parameters: inout Parameters) -> SQL {
        // fold_text without its trimming, which belongs to whole texts.
        self.pattern(
            "lower(fold_forms(\(Self.add(self.patternText, &parameters))))"
        )
    }

    /// For LIKE, with what LIKE reads as a sign taken literally.
    private func pattern(_ text: SQL) -> SQL {
        let content = self.value.content
        let start: SQL = content.isOpenAtStart ? "'%' || " : ""
        let end: SQL = content.isOpenAtEnd ? " || '%'" : ""
        return "(\(start)regexp_replace(\(text), '([\\\\%_])', '\\\\\\1', 'g')\(end))"
    }

    /// Trimmed where a text begins or ends, as `fold_text` trims.
    private var patternText: String {
        let content = self.value.content
        var text = Substring(content.text)
        if !content.isOpenAtStart { text = text.drop { $0 == " " } }
        if !content.isOpenAtEnd { while text.last == " " { text.removeLast() } }
        return String(text)
    }

    private func plainText() throws(FilterError) -> String {
        guard !self.value.content.isPattern else { throw self.error("has a * where a whole value is wanted") }
        return self.value.content.text
    }

    private func require(_ comparisons: [FilterCondition.Comparison]) throws(FilterError) {
        guard !comparisons.contains(self.comparison) else { return }
        let known = comparisons.map(\.rawValue) + (comparisons.contains(.equal) ? ["!="] : []) + [":*"]
        throw FilterError(
            reason: "asks \"\(self.condition.field.text)\" by \"\(self.condition.comparison.rawValue)\"; it knows "
                + known.joined(separator: " "),
            position: self.condition.field.position
        )
    }

    private func error(_ reason: String, hint: String = "") -> FilterError {
        FilterError(
            reason: "\(reason), for \"\(self.condition.field.text)\"\(hint)",
            position: self.value.position
        )
    }
}

/// A value of a filter as JSON: in quotes a text, otherwise a number, true, false, or a text.
struct JSONLiteral {
    enum ValueType { case text, number, boolean }

    let type: ValueType
    let text: String

    init(_ value: FilterValue) {
        let content = value.content.text
        if !value.isQuoted, content == "true" || content == "false" {
            (self.type, self.text) = (.boolean, content)
        } else if !value.isQuoted, Self.isNumber(content) {
            (self.type, self.text) = (.number, content)
        } else {
            (self.type, self.text) = (.text, Self.quoted(content))
        }
    }

    /// `{"a":{"b":…}}` for the path a, b.
    func nested(in path: [String], asElement: Bool = false) -> String {
        var json = asElement ? "[\(self.text)]" : self.text
        for key in path.reversed() { json = "{\(Self.quoted(key)):\(json)}" }
        return json
    }

    /// JSON's own form of a number (RFC 8259, section 6), of a size that PostgreSQL takes.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.first == "-" { rest.removeFirst() }
        func digits() -> Int {
            let count = rest.prefix { $0.isASCII && $0.isNumber }.count
            rest = rest.dropFirst(count)
            return count
        }
        let startsWithZero = rest.first == "0"
        let whole = digits()
        guard whole > 0, whole == 1 || !startsWithZero, whole <= 100 else { return false }
        if rest.first == "." {
            rest.removeFirst()
            guard (1...100).contains(digits()) else { return false }
        }
        return rest.isEmpty
    }

    /// A text in quotes, as JSON and its paths write it.
    static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
