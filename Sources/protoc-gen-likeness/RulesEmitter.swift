/// Emits the checks of the contract's field rules.
struct RulesEmitter {
    static func emit(_ file: Schema.File) -> String {
        var source = SourceText()
        for message in file.messages { Self.emit(message, into: &source) }
        return source.text
    }

    private static func emit(_ message: Schema.Message, into source: inout SourceText) {
        guard !message.isMapEntry else { return }
        source.line()
        source.block("extension \(message.name.swift)") { source in
            source.block("public func _check(_ violations: inout Violations)") { source in
                for member in message.members {
                    switch member {
                    case .field(let field): Self.emit(field, value: "self.\(field.member)", into: &source)
                    case .oneof(let oneof, let fields): Self.emit(oneof, fields, into: &source)
                    }
                }
            }
        }
        for nested in message.messages { Self.emit(nested, into: &source) }
    }

    private static func emit(_ oneof: Schema.Oneof, _ fields: [Schema.Field], into source: inout SourceText) {
        let checked = fields.filter { $0.type.isMessage || $0.rules != nil }
        guard !checked.isEmpty else { return }
        source.block("switch self.\(Naming.swiftMember(oneof.name))") { source in
            for field in checked {
                source.line("case .\(field.member)(let value)?:")
                source.indented { source in
                    if field.type.isMessage {
                        source.line("violations.message(\"\(field.name)\", value)")
                    } else {
                        Self.emit(field, value: "value", into: &source)
                    }
                }
            }
            source.line(checked.count < fields.count ? "default: break" : "case nil: break")
        }
    }

    private static func emit(_ field: Schema.Field, value: String, into source: inout SourceText) {
        let name = "\"\(field.name)\""
        let rules = field.rules
        if let repeated = rules?.repeated {
            source.line(
                "violations.count(\(name), \(value).count, min: \(repeated.minItems), max: \(Self.maximum(repeated.maxItems)))")
        }
        if rules?.required == true {
            let isThere =
                switch field.type {
                case .message where !field.isRepeated: "\(value) != nil"
                case .string, .bytes, .message, .map: "!\(value).isEmpty"
                default: field.isRepeated ? "!\(value).isEmpty" : "\(value) != \(field.property.initial)"
                }
            source.line("violations.required(\(name), \(isThere))")
        }
        switch field.type {
        case .message where rules?.ignore != true:
            source.line("violations.\(field.isRepeated ? "messages" : "message")(\(name), \(value))")
        case .string:
            let own = field.isRepeated ? rules?.repeated?.items?.string : rules?.string
            if let own {
                let call = field.isRepeated ? "texts" : "text"
                source.line(
                    "violations.\(call)(\(name), \(value), TextRules(lengthMin: \(own.minLen), lengthMax: \(Self.maximum(own.maxLen)), "
                        + "bytesMax: \(Self.maximum(own.maxBytes)), isUUID: \(own.uuid), isSlug: \(own.slug)))")
            }
        case let type where type.isInteger && !field.isRepeated:
            if let integer = rules?.integer {
                source.line(
                    "violations.integer(\(name), Int64(clamping: \(value)), min: \(Self.optional(integer.gte)), max: \(Self.optional(integer.lte)))")
            }
        case let type where type.isFloating:
            if let number = rules?.number, number.finite {
                source.line("violations.\(field.isRepeated ? "finites" : "finite")(\(name), \(value))")
            }
        default: break
        }
    }

    private static func maximum(_ value: UInt32) -> String { value == 0 ? ".max" : String(value) }

    private static func optional(_ value: Int64?) -> String { value.map(String.init) ?? "nil" }
}
