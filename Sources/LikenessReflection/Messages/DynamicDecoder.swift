/// Decodes protobuf's binary form by descriptor, as every protobuf library does: the last value of a field counts,
/// messages that come twice are merged, unknown fields and values of the wrong wire type are passed over.
struct DynamicDecoder {
    static let depthMax = 100

    let pool: DescriptorPool

    func decode(_ bytes: ArraySlice<UInt8>, as type: MessageDescriptor) throws(TranscodingError) -> DynamicMessage {
        var message = DynamicMessage(type)
        try self.merge(bytes, into: &message, depthLeft: Self.depthMax)
        return message
    }

    private func merge(
        _ bytes: ArraySlice<UInt8>,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        guard depthLeft > 0 else { throw TranscodingError("messages are nested more than \(Self.depthMax) deep") }
        var reader = ProtobufReader(bytes)
        while !reader.isAtEnd {
            let (number, wireType) = try reader.readTag()
            let field = message.type.field(number) ?? self.pool.fieldExtension(of: message.type.fullName, number)
            guard let field,
                field.kind.wireType == wireType || (wireType == 2 && field.isRepeated && field.kind.isPackable)
            else {
                try reader.skip(number, wireType, depthLeft: depthLeft)
                continue
            }
            do throws(TranscodingError) {
                try self.read(field, wireType, from: &reader, into: &message, depthLeft: depthLeft)
            } catch {
                throw error.inside(field.name)
            }
        }
    }

    private func read(
        _ field: FieldDescriptor,
        _ wireType: UInt8,
        from reader: inout ProtobufReader,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        if field.isMessage {
            let content =
                field.kind == .group
                ? try reader.readGroup(field.number, depthLeft: depthLeft) : try reader.readLengthDelimited()
            guard let type = self.pool.message(field.typeName) else {
                throw TranscodingError("the type \(field.typeName) is not known")
            }
            if type.isMapEntry {
                return try self.readEntry(content, type, field, into: &message, depthLeft: depthLeft)
            }
            var inner = (field.isRepeated ? nil : message.takeMessage(field)) ?? DynamicMessage(type)
            try self.merge(content, into: &inner, depthLeft: depthLeft - 1)
            return field.isRepeated ? message.append(field, [.message(inner)]) : message.set(field, .message(inner))
        }
        if wireType == 2, field.kind.isPackable {
            var items: [DynamicValue] = []
            var packed = ProtobufReader(try reader.readLengthDelimited())
            while !packed.isAtEnd {
                if let item = try self.scalar(field, from: &packed, of: message.type) { items.append(item) }
            }
            if !items.isEmpty { message.append(field, items) }
        } else if let value = try self.scalar(field, from: &reader, of: message.type) {
            if field.isRepeated { message.append(field, [value]) } else { message.set(field, value) }
        }
    }

    private func readEntry(
        _ bytes: ArraySlice<UInt8>,
        _ type: MessageDescriptor,
        _ field: FieldDescriptor,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        var entry = DynamicMessage(type)
        try self.merge(bytes, into: &entry, depthLeft: depthLeft - 1)
        guard let (keyField, valueField) = MapEntry.fields(of: type),
            let key = (entry[1] ?? .initial(keyField.kind)).flatMap(DynamicKey.init)
        else { throw TranscodingError("not a map") }
        guard let value = entry[2] ?? self.initial(valueField) else { throw TranscodingError("not a map") }
        message.insert(field, key: key, value)
    }

    private func initial(_ field: FieldDescriptor) -> DynamicValue? {
        if field.isMessage { return self.pool.message(field.typeName).map { .message(DynamicMessage($0)) } }
        return .initial(field.kind)
    }

    /// - Returns: `nil` for a number that a closed enum does not have.
    private func scalar(
        _ field: FieldDescriptor,
        from reader: inout ProtobufReader,
        of type: MessageDescriptor
    ) throws(TranscodingError) -> DynamicValue? {
        switch field.kind {
        case .double: return .double(Double(bitPattern: try reader.readFixed64()))
        case .float: return .float(Float(bitPattern: try reader.readFixed32()))
        case .int64: return .signed(Int64(bitPattern: try reader.readVarint()))
        case .int32: return .signed(Int64(Int32(truncatingIfNeeded: try reader.readVarint())))
        case .uint64: return .unsigned(try reader.readVarint())
        case .uint32: return .unsigned(UInt64(UInt32(truncatingIfNeeded: try reader.readVarint())))
        case .fixed64: return .unsigned(try reader.readFixed64())
        case .fixed32: return .unsigned(UInt64(try reader.readFixed32()))
        case .sfixed64: return .signed(Int64(bitPattern: try reader.readFixed64()))
        case .sfixed32: return .signed(Int64(Int32(bitPattern: try reader.readFixed32())))
        case .sint64: return .signed(Self.unzigzag(try reader.readVarint()))
        case .sint32: return .signed(Self.unzigzag(UInt64(UInt32(truncatingIfNeeded: try reader.readVarint()))))
        case .bool: return .bool(try reader.readVarint() != 0)
        case .enumeration:
            let number = Int32(truncatingIfNeeded: try reader.readVarint())
            if let known = self.pool.enumeration(field.typeName), known.isClosed, known.name(of: number) == nil {
                return nil
            }
            return .enumeration(number)
        case .bytes: return .bytes(Array(try reader.readLengthDelimited()))
        case .string:
            let bytes = try reader.readLengthDelimited()
            if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
            if type.validatesUTF8 { throw TranscodingError("text is not valid UTF-8") }
            return .string(String(decoding: bytes, as: UTF8.self))
        case .message, .group: return nil
        }
    }

    private static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }
}

enum MapEntry {
    /// Key and value of an entry type.
    static func fields(of type: MessageDescriptor) -> (key: FieldDescriptor, value: FieldDescriptor)? {
        guard let key = type.field(1), let value = type.field(2) else { return nil }
        return (key, value)
    }
}
