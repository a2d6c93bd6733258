/// Emits what the service does with the fields of messages that it stores.
struct FactsEmitter {
    /// `nil` when no message has facts.
    static func emit(_ file: Schema.File, _ options: GeneratorOptions) -> String? {
        var source = SourceText(options)
        var isEmpty = true
        func emit(_ messages: [Schema.Message]) {
            for message in messages {
                if message.hasFacts {
                    Self.emit(message, into: &source)
                    isEmpty = false
                }
                emit(message.messages)
            }
        }
        emit(file.messages)
        return isEmpty ? nil : source.text
    }

    private static func emit(_ message: Schema.Message, into source: inout SourceText) {
        source.line()
        source.block("extension \(message.name.swift)") { source in
            source.comment("What the service does with each field, in the order of the contract.")
            source.line("public static let fieldFacts: [FieldFacts<Self>] = [")
            source.indented { source in
                for field in message.fields { field.facts.map { Self.emit(field, $0, into: &source) } }
            }
            source.line("]")
        }
    }

    private static func emit(_ field: Schema.Field, _ facts: Schema.Facts, into source: inout SourceText) {
        var arguments = ["\"\(field.name)\"", "filtering: \(Self.filtering(field, facts))"]
        if facts.isWritable { arguments.append("isWritable: true") }
        if facts.isSearchable { arguments.append("isSearchable: true") }
        if facts.isMaskable { arguments.append("isMaskable: true") }
        if facts.isFacetable { arguments.append("isFacetable: true") }
        let copy = "{ $1.\(field.member) = $0.\(field.member) }"
        source.line("FieldFacts(\(arguments.joined(separator: ", "))) \(copy),")
    }

    private static func filtering(_ field: Schema.Field, _ facts: Schema.Facts) -> String {
        switch facts.filtering {
        case .none: return ".none"
        case .rows: return ".rows(\"\(field.filterName)\")"
        case .value, .words, .key:
            let index = facts.isIndexed ? ", isIndexed: true" : ""
            return ".value(FieldFilter(\"\(field.filterName)\", .\(field.filterKind ?? "")\(index)))"
        }
    }
}
