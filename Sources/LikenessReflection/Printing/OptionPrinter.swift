/// Writes options as `.proto` files do: `idempotency_level = NO_SIDE_EFFECTS`, `(likeness.options.v1.method) = { … }`.
struct OptionPrinter {
    let pool: DescriptorPool

    /// - Parameters:
    ///   - encoded: A message of options.
    ///   - type: Its name: `google.protobuf.MethodOptions`.
    /// - Returns: One text for each option; none for what the pool does not know.
    func options(_ encoded: ArraySlice<UInt8>, _ type: String) -> [String] {
        guard !encoded.isEmpty, let descriptor = self.pool.message(type),
            let message = try? DynamicDecoder(pool: self.pool).decode(encoded, as: descriptor)
        else { return [] }
        return self.entries(of: message).map { field, value in
            "\(field.isExtension ? "(\(field.fullName))" : field.name) = \(self.text(value, field))"
        }
    }

    private func entries(of message: DynamicMessage) -> [(FieldDescriptor, DynamicValue)] {
        message.values.sorted { $0.key < $1.key }.compactMap { number, value in
            let field = message.type.field(number) ?? self.pool.fieldExtension(of: message.type.fullName, number)
            guard let field, field.hasPresence || !value.isDefault else { return nil }
            return (field, value)
        }
    }

    private func text(_ value: DynamicValue, _ field: FieldDescriptor) -> String {
        switch value {
        case .message(let message):
            let inner = self.entries(of: message).map { "\($0.name): \(self.text($1, $0))" }
            return inner.isEmpty ? "{}" : "{ \(inner.joined(separator: " ")) }"
        case .list(let items): return "[\(items.map { self.text($0, field) }.joined(separator: ", "))]"
        case .enumeration(let number):
            return self.pool.enumeration(field.typeName)?.name(of: number) ?? String(number)
        case .string(let text): return JSONNode.string(text).text()
        case .bytes(let bytes): return JSONNode.string(Base64.encode(bytes)).text()
        case .signed(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .float(let value): return JSONNumber.text(value) ?? String(value)
        case .double(let value): return JSONNumber.text(value) ?? String(value)
        case .bool(let value): return String(value)
        case .map: return "{}"
        }
    }
}
