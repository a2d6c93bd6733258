internal import LikenessPatterns

extension Schema.Rules {
    /// Stops when a rule could not hold for such a field: emitting nothing for it would be a rule that is never checked.
    func check(fits type: Schema.FieldType, isRepeated: Bool, _ path: String) throws(SchemaError) {
        func refuse(_ rule: String) throws(SchemaError) {
            throw SchemaError(message: "\(path): the rule \(rule) does not fit the field")
        }
        if self.string != nil, isRepeated || !type.isText { try refuse("string") }
        if self.integer != nil, isRepeated || !type.isInteger { try refuse("int64") }
        if self.number != nil, !type.isFloating { try refuse("double") }
        if self.bytes != nil, isRepeated || !type.isBytes { try refuse("bytes") }
        if self.definedOnly, isRepeated || !type.isEnumeration { try refuse("enum") }
        if self.ignore, !type.isMessage { try refuse("ignore") }
        try self.string?.check(path)
        if let map = self.map {
            guard case .map(_, let key, let value) = type else { return try refuse("map") }
            if map.keys != nil, !key.isText { try refuse("map.keys") }
            if map.values != nil, !value.isText { try refuse("map.values") }
            try map.keys?.check(path)
            try map.values?.check(path)
        }
        guard let repeated = self.repeated else { return }
        guard isRepeated else { return try refuse("repeated") }
        guard let items = repeated.items else { return }
        if items.string != nil, !type.isText { try refuse("repeated.items.string") }
        if items.integer != nil, !type.isInteger { try refuse("repeated.items.int64") }
        if items.bytes != nil, !type.isBytes { try refuse("repeated.items.bytes") }
        if items.definedOnly, !type.isEnumeration { try refuse("repeated.items.enum") }
        try items.string?.check(path)
        if items.required || items.ignore || items.number != nil || items.repeated != nil || items.map != nil {
            try refuse(
                "repeated.items: only rules of texts, integers, bytes and enums; those of floats stand beside repeated"
            )
        }
    }
}

extension Schema.TextRules {
    /// A pattern must be one, and what is matched must be bounded: matching takes time.
    func check(_ path: String) throws(SchemaError) {
        guard !self.pattern.isEmpty else { return }
        guard self.maxLen > 0 || self.maxBytes > 0 else {
            throw SchemaError(message: "\(path): a pattern needs a max_len or max_bytes beside it")
        }
        do {
            _ = try TextPattern(self.pattern)
        } catch {
            throw SchemaError(message: "\(path): the pattern \(self.pattern): \(error)")
        }
    }
}
