extension Schema.Rules {
    /// Stops when a rule could not hold for such a field: emitting nothing for it would be a rule that nobody checks.
    func check(fits type: Schema.FieldType, isRepeated: Bool, _ path: String) throws(SchemaError) {
        func refuse(_ rule: String) throws(SchemaError) {
            throw SchemaError(message: "\(path): the rule \(rule) does not fit the field")
        }
        if self.string != nil, isRepeated || !type.isText { try refuse("string") }
        if self.integer != nil, isRepeated || !type.isInteger { try refuse("int64") }
        if self.number != nil, !type.isFloating { try refuse("double") }
        if self.ignore, !type.isMessage { try refuse("ignore") }
        guard let repeated = self.repeated else { return }
        guard isRepeated else { return try refuse("repeated") }
        guard let items = repeated.items else { return }
        if items.string != nil, !type.isText { try refuse("repeated.items.string") }
        if items.required || items.ignore || items.integer != nil || items.number != nil || items.repeated != nil {
            try refuse("repeated.items: only string rules are supported; rules of floats stand beside repeated")
        }
    }
}
