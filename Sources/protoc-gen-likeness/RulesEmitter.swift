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
        }
        for nested in message.messages { Self.emit(nested, into: &source) }
    }

    private static func isChecked(_ member: Schema.Message.Member) -> Bool {
        switch member {
        case .field(let field): field.rules != nil || field.type.isMessage
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
            source.line("violations.text(\(name), \(value), \(Self.text(own)), evenEmpty: \(isChosen))")
        }
        if let own = rules?.repeated?.items?.string {
            source.line("violations.texts(\(name), \(value), \(Self.text(own)))")
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
    }

    private static func isThere(_ field: Schema.Field, _ value: String, _ isChosen: Bool) -> String {
        if field.isRepeated { return "!\(value).isEmpty" }
        return switch field.type {
        case .message: isChosen ? "true" : "\(value) != nil"
        case .string, .bytes, .map: "!\(value).isEmpty"
        default: "\(value) != \(field.property.initial)"
        }
    }

    private static func text(_ rules: Schema.TextRules) -> String {
        let (max, bytes) = (Self.maximum(rules.maxLen), Self.maximum(rules.maxBytes))
        return "TextRules(lengthMin: \(rules.minLen), lengthMax: \(max), bytesMax: \(bytes), "
            + "isUUID: \(rules.uuid), isSlug: \(rules.slug))"
    }

    private static func maximum(_ value: UInt32) -> String { value == 0 ? ".max" : String(value) }

    private static func optional(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "nil" }
}
