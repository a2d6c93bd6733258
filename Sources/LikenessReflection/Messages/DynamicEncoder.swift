/// Encodes a message: fields by ascending number, entries of maps by ascending key.
struct DynamicEncoder {
    let pool: DescriptorPool

    func encode(_ message: DynamicMessage) -> [UInt8] {
        var writer = ProtobufWriter()
        for (number, value) in message.values.sorted(by: { $0.key < $1.key }) {
            let known = message.type.field(number) ?? self.pool.fieldExtension(of: message.type.fullName, number)
            guard let field = known else { continue }
            switch value {
            case .list(let items): self.write(items, field, to: &writer)
            case .map(let entries):
                guard let type = self.pool.message(field.typeName), let parts = MapEntry.fields(of: type) else {
                    continue
                }
                for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                    var entry = ProtobufWriter()
                    self.write(key.value, parts.key, to: &entry)
                    self.write(value, parts.value, to: &entry)
                    writer.writeTag(number, 2)
                    writer.writeLengthDelimited(entry.bytes)
                }
            default: if field.hasPresence || !value.isDefault { self.write(value, field, to: &writer) }
            }
        }
        return writer.bytes
    }

    private func write(_ items: [DynamicValue], _ field: FieldDescriptor, to writer: inout ProtobufWriter) {
        guard field.isPacked else {
            for item in items { self.write(item, field, to: &writer) }
            return
        }
        guard !items.isEmpty else { return }
        var packed = ProtobufWriter()
        for item in items { self.writeContent(item, field.kind, to: &packed) }
        writer.writeTag(field.number, 2)
        writer.writeLengthDelimited(packed.bytes)
    }

    private func write(_ value: DynamicValue, _ field: FieldDescriptor, to writer: inout ProtobufWriter) {
        writer.writeTag(field.number, field.kind.wireType)
        self.writeContent(value, field.kind, to: &writer)
        if field.kind == .group { writer.writeTag(field.number, 4) }
    }

    private func writeContent(_ value: DynamicValue, _ kind: FieldDescriptor.Kind, to writer: inout ProtobufWriter) {
        switch value {
        case .signed(let value):
            switch kind {
            case .sint32, .sint64: writer.writeVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
            case .sfixed32: writer.writeFixed(Int32(truncatingIfNeeded: value))
            case .sfixed64: writer.writeFixed(value)
            default: writer.writeVarint(UInt64(bitPattern: value))
            }
        case .unsigned(let value):
            switch kind {
            case .fixed32: writer.writeFixed(UInt32(truncatingIfNeeded: value))
            case .fixed64: writer.writeFixed(value)
            default: writer.writeVarint(value)
            }
        case .float(let value): writer.writeFixed(value.bitPattern)
        case .double(let value): writer.writeFixed(value.bitPattern)
        case .bool(let value): writer.writeVarint(value ? 1 : 0)
        case .enumeration(let value): writer.writeVarint(UInt64(bitPattern: Int64(value)))
        case .string(let value): writer.writeLengthDelimited(value.utf8)
        case .bytes(let value): writer.writeLengthDelimited(value)
        case .message(let value):
            let content = self.encode(value)
            if kind == .group { writer.append(content) } else { writer.writeLengthDelimited(content) }
        // Lists and maps do not nest.
        case .list, .map: break
        }
    }
}
