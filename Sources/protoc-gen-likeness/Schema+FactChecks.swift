extension Schema {
    /// Stops when the facts of a field are missing or cannot be so.
    func checkFacts() throws(SchemaError) {
        let messages = self.files.flatMap { $0.messages.flatMap(\.withNested) }
        let stored = Set(messages.filter(\.hasFacts).map(\.name))
        var rows: Set<TypeName> = []
        for message in messages where message.hasFacts {
            var filterNames: Set<String> = []
            for field in message.fields {
                let path = "\(message.name.full).\(field.name)"
                guard let facts = field.facts else {
                    throw SchemaError(
                        message:
                            "\(path): has no option (likeness.options.v1.facts), which other fields of its message have"
                    )
                }
                try facts.check(fit: field, path)
                guard facts.filtering == .none || filterNames.insert(field.filterName).inserted else {
                    throw SchemaError(message: "\(path): another field has its filter_name")
                }
                guard facts.filtering == .rows, case .message(let row) = field.type else { continue }
                guard stored.contains(row) else {
                    throw SchemaError(message: "\(path): the fields of its rows have no facts")
                }
                rows.insert(row)
            }
        }
        for message in messages where rows.contains(message.name) {
            guard let field = message.fields.first(where: { $0.facts?.isWritable == true }) else { continue }
            throw SchemaError(message: "\(message.name.full).\(field.name): is written with its row, so not writable")
        }
    }
}

extension Schema.Message {
    /// Whether it is stored, so that the service does something with its fields.
    var hasFacts: Bool { self.fields.contains { $0.facts != nil } }

    fileprivate var withNested: [Schema.Message] { [self] + self.messages.flatMap(\.withNested) }
}

extension Schema.Facts {
    fileprivate func check(fit field: Schema.Field, _ path: String) throws(SchemaError) {
        func require(_ holds: Bool, _ reason: String) throws(SchemaError) {
            guard holds else { throw SchemaError(message: "\(path): \(reason)") }
        }
        try require(field.oneof == nil, "a member of a oneof has no facts")
        let isList = field.isRepeated
        switch self.filtering {
        case .none: break
        case .value: try require(field.filterKind != nil, "a filter cannot compare its values")
        case .words: try require(field.filterKind == "prose", "has no words to filter by: it is not a text")
        case .key: try require(field.filterKind == "key", "is no key to filter by: it is not a text")
        case .rows: try require(isList && field.type.isMessage, "has no rows to filter by")
        }
        let comparesValues = self.filtering == .value || self.filtering == .key
        try require(!self.isIndexed || comparesValues, "is indexed, but not filtered by its value")
        try require(self.filterName.isEmpty || self.filtering != .none, "has a filter_name, but is not filtered")
        // A filter finds the words of a text through the index that a search by words uses.
        let hasWords = field.filterKind == "text" || field.filterKind == "prose"
        try require(!hasWords || self.isSearchable, "is filtered by its words, so it must be searchable")
    }
}

extension Schema.Field {
    /// What filters call it.
    var filterName: String {
        guard let name = self.facts?.filterName, !name.isEmpty else { return self.name }
        return name
    }

    /// The case of `FieldFilter.Kind`; `nil` when it has no value that a filter could compare.
    var filterKind: String? {
        if self.isRepeated { return self.type.isText ? "list" : nil }
        switch self.type {
        case .string:
            if self.facts?.filtering == .words { return "prose" }
            if self.facts?.filtering == .key { return "key" }
            guard let rules = self.rules?.string else { return "text" }
            return rules.uuid ? "uuid" : rules.slug ? "key" : rules.json != nil ? "json" : "text"
        case .int32, .int64: return "number"
        case .enumeration: return "category"
        case .message(let name):
            return switch name.full {
            case "google.protobuf.Timestamp": "time"
            case "likeness.v1.PartialDate": "date"
            default: nil
            }
        case .uint32, .uint64, .float, .double, .bool, .bytes, .map: return nil
        }
    }
}
