/// Emits the checks of the contract's field rules.
struct RulesEmitter {
    static func emit(_ file: Schema.File, _ options: GeneratorOptions) -> String {
        var source = SourceText(options)
        for message in file.messages { Self.emit(message, into: &source) }
        return source.text
    }

    private static func emit(_ message: Schema.Message, into source: inout SourceText) {
        guard !message.isMapEntry else { return }
        source.line()
        source.block("extension \(message.name.swift)") { source in
            let checked = message.members.filter(Self.isChecked)
            guard !checked.isEmpty else {
                source.line("public func _check(_ violations: inout Violations) {}")
                return
            }
            source.block("public func _check(_ violations: inout Violations)") { source in
                for member in checked {
                    switch member {
                    case .field(let field):
                        Self.emit(field, value: "self.\(field.member)", isChosen: false, into: &source)
                    case .oneof(let oneof, let fields): Self.emit(oneof, fields, into: &source)
                    }
                }
            }
            if let bytesMax = message.bytesMax {
                source.line()
                source.comment("Most bytes of the encoded message where it is stored and answered.")
                source.line("public static let encodedBytesMax = \(bytesMax)")
            }
            if let field = message.fields.first(where: { $0.isRepeated && $0.rules?.ignore == true }) {
                source.line()
                source.line("public static var _itemsJudgedAlone: UInt32? { \(field.number) }")
            }
            // A pattern is compiled once.
            for field in message.fields {
                for (suffix, rules) in Self.patterns(field) {
                    source.line()
                    source.line("private static let _\(field.member)\(suffix) = \(Self.rules(rules))")
                }
            }
        }
        for nested in message.messages { Self.emit(nested, into: &source) }
    }

    private static func isChecked(_ member: Schema.Message.Member) -> Bool {
        switch member {
        case .field(let field): field.rules != nil || field.type.isMessage || field.type.isMapOfMessages
        case .oneof(_, let fields): fields.contains { $0.rules != nil || $0.type.isMessage }
        }
    }

    private static func emit(_ oneof: Schema.Oneof, _ fields: [Schema.Field], into source: inout SourceText) {
        let checked = fields.filter { $0.type.isMessage || $0.rules != nil }
        source.cases(of: "self.\(Naming.swiftMember(oneof.name))") { source in
            for field in checked {
                source.line("case .\(field.member)(let value)?:")
                source.indented { Self.emit(field, value: "value", isChosen: true, into: &$0) }
            }
            source.line(checked.count < fields.count ? "default: break" : "case nil: break")
        }
    }

    /// - Parameter isChosen: Whether the field is the member of a oneof that is there, and so not absent when empty.
    private static func emit(_ field: Schema.Field, value: String, isChosen: Bool, into source: inout SourceText) {
        let name = "\"\(field.name)\""
        let rules = field.rules
        if rules?.required == true {
            source.line("violations.required(\(name), \(Self.isThere(field, value, isChosen)))")
        }
        if let repeated = rules?.repeated {
            let (min, max) = (repeated.minItems, Self.maximum(repeated.maxItems))
            source.line("violations.count(\(name), \(value).count, min: \(min), max: \(max))")
        }
        if let own = rules?.string {
            source.line("violations.text(\(name), \(value), \(Self.text(own, field, "Rules")), evenEmpty: \(isChosen))")
        }
        if let own = rules?.bytes {
            let limits = "min: \(own.minLen), max: \(Self.maximum(own.maxLen))"
            source.line("violations.bytes(\(name), \(value), \(limits), evenEmpty: \(isChosen))")
        }
        if rules?.definedOnly == true {
            source.line("violations.defined(\(name), \(value))")
        }
        if let items = rules?.repeated?.items { Self.emit(items: items, field, name, value, into: &source) }
        if let map = rules?.map {
            source.line(
                "violations.pairs(\(name), \(value).count, min: \(map.minPairs), max: \(Self.maximum(map.maxPairs)))"
            )
            if let keys = map.keys {
                source.line("violations.keys(\(name), \(value), \(Self.text(keys, field, "KeyRules")))")
            }
            if let values = map.values {
                source.line("violations.values(\(name), \(value), \(Self.text(values, field, "ValueRules")))")
            }
        }
        if let integer = rules?.integer {
            let (min, max) = (Self.optional(integer.gte), Self.optional(integer.lte))
            source.line("violations.integer(\(name), Int64(clamping: \(value)), min: \(min), max: \(max))")
        }
        if let number = rules?.number {
            let (min, max) = (Self.optional(number.gte), Self.optional(number.lte))
            let call = field.isRepeated ? "numbers" : "number"
            let limits = "mustBeFinite: \(number.finite), min: \(min), max: \(max)"
            source.line("violations.\(call)(\(name), \(value), \(limits))")
        }
        if field.type.isMessage && rules?.ignore != true {
            source.line("violations.\(field.isRepeated ? "messages" : "message")(\(name), \(value))")
        }
        if field.type.isMapOfMessages { source.line("violations.messages(\(name), \(value))") }
    }

    private static func emit(
        items: Schema.Rules,
        _ field: Schema.Field,
        _ name: String,
        _ value: String,
        into source: inout SourceText
    ) {
        if let own = items.string {
            source.line("violations.texts(\(name), \(value), \(Self.text(own, field, "ItemRules")))")
        }
        if let integer = items.integer {
            let (min, max) = (Self.optional(integer.gte), Self.optional(integer.lte))
            source.line("violations.integers(\(name), \(value), min: \(min), max: \(max))")
        }
        if let own = items.bytes {
            source.line(
                "violations.bytesItems(\(name), \(value), min: \(own.minLen), max: \(Self.maximum(own.maxLen)))"
            )
        }
        if items.definedOnly { source.line("violations.definedItems(\(name), \(value))") }
    }

    /// Rules with a pattern, and what their constant is called behind the field's name.
    private static func patterns(_ field: Schema.Field) -> [(String, Schema.TextRules)] {
        let rules = field.rules
        let all = [
            ("Rules", rules?.string), ("ItemRules", rules?.repeated?.items?.string), ("KeyRules", rules?.map?.keys),
            ("ValueRules", rules?.map?.values),
        ]
        return all.compactMap { suffix, rules in rules.flatMap { $0.pattern.isEmpty ? nil : (suffix, $0) } }
    }

    /// The rules where they are used: in place, or the constant that keeps their pattern.
    private static func text(_ rules: Schema.TextRules, _ field: Schema.Field, _ suffix: String) -> String {
        rules.pattern.isEmpty ? Self.rules(rules) : "Self._\(field.member)\(suffix)"
    }

    private static func isThere(_ field: Schema.Field, _ value: String, _ isChosen: Bool) -> String {
        if field.isRepeated { return "!\(value).isEmpty" }
        return switch field.type {
        case .message: isChosen ? "true" : "\(value) != nil"
        case .string: "!Violations.isBlank(\(value))"
        case .bytes, .map: "!\(value).isEmpty"
        default: "\(value) != \(field.property.initial)"
        }
    }

    private static func rules(_ rules: Schema.TextRules) -> String {
        let (max, bytes) = (Self.maximum(rules.maxLen), Self.maximum(rules.maxBytes))
        return "TextRules(lengthMin: \(rules.minLen), lengthMax: \(max), bytesMax: \(bytes), "
            + "isUUID: \(rules.uuid), isSlug: \(rules.slug)"
            + (rules.notBlank ? ", isNotBlank: true" : "")
            + (rules.json.map { json in
                ", json: JSONBounds(depthMax: \(Self.maximum(json.depthMax)), digitsMax: \(Self.maximum(json.digitsMax)), "
                    + "writtenBytesMax: \(Self.maximum(json.writtenBytesMax)))"
            } ?? "")
            + (rules.pattern.isEmpty ? ")" : ", pattern: \(rules.pattern.debugDescription))")
    }

    private static func maximum(_ value: UInt32) -> String { value == 0 ? ".max" : String(value) }

    private static func optional(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "nil" }
}
