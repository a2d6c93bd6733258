/// Turns messages into JSON by protobuf's JSON mapping.
///
/// - SeeAlso: protobuf.dev, "ProtoJSON Format".
struct JSONPrinter {
    let pool: DescriptorPool
    let options: JSONOptions

    func node(of message: DynamicMessage, depthLeft: Int = DynamicDecoder.depthMax) throws(TranscodingError) -> JSONNode
    {
        guard depthLeft > 0 else { throw TranscodingError("messages are nested too deeply") }
        if let known = WellKnownType(message.type) { return try self.node(of: message, known, depthLeft: depthLeft) }
        return .object(try self.members(of: message, depthLeft: depthLeft))
    }

    private func members(
        of message: DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) -> [JSONNode.Member] {
        var fields: [FieldDescriptor] = []
        if self.options.printsDefaults {
            fields = message.type.fields.filter { message[$0.number] != nil || !$0.hasPresence }
        } else {
            fields = message.type.fields.filter { field in
                message[field.number].map { field.hasPresence || !$0.isDefault } ?? false
            }
        }
        for number in message.values.keys where message.type.field(number) == nil {
            if let field = self.pool.fieldExtension(of: message.type.fullName, number) { fields.append(field) }
        }
        var members: [JSONNode.Member] = []
        for field in fields.sorted(by: { $0.number < $1.number }) {
            let name = self.options.usesOriginalNames && !field.isExtension ? field.name : field.jsonKey
            do throws(TranscodingError) {
                members.append(.init(name, try self.node(of: message[field.number], field, depthLeft: depthLeft)))
            } catch {
                throw error.inside(name)
            }
        }
        return members
    }

    private func node(
        of value: DynamicValue?,
        _ field: FieldDescriptor,
        depthLeft: Int
    ) throws(TranscodingError) -> JSONNode {
        let entry = field.isMessage ? self.pool.message(field.typeName).flatMap { $0.isMapEntry ? $0 : nil } : nil
        switch value {
        case .list(let items)?:
            var nodes: [JSONNode] = []
            for (index, item) in items.enumerated() {
                do throws(TranscodingError) {
                    nodes.append(try self.node(of: item, field, depthLeft: depthLeft))
                } catch {
                    throw error.inside("[\(index)]")
                }
            }
            return .array(nodes)
        case .map(let entries)?:
            guard let entry, let (_, valueField) = MapEntry.fields(of: entry) else { return .object([]) }
            var members: [JSONNode.Member] = []
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                do throws(TranscodingError) {
                    members.append(.init(key.text, try self.node(of: value, valueField, depthLeft: depthLeft)))
                } catch {
                    throw error.inside("[\"\(key.text)\"]")
                }
            }
            return .object(members)
        case .message(let message)?: return try self.node(of: message, depthLeft: depthLeft - 1)
        case let value?: return self.plain(value, field)
        case nil:
            if entry != nil { return .object([]) }
            if field.isRepeated { return .array([]) }
            return DynamicValue.initial(field.kind).map { self.plain($0, field) } ?? .null
        }
    }

    /// A value that is no message, list or map.
    private func plain(_ value: DynamicValue, _ field: FieldDescriptor) -> JSONNode {
        switch value {
        case .signed(let value): field.kind.is64Bits ? .string("\(value)") : .number("\(value)")
        case .unsigned(let value): field.kind.is64Bits ? .string("\(value)") : .number("\(value)")
        case .float(let value): JSONNumber.text(value).map(JSONNode.number) ?? .string(Self.special(Double(value)))
        case .double(let value): JSONNumber.text(value).map(JSONNode.number) ?? .string(Self.special(value))
        case .bool(let value): .bool(value)
        case .string(let value): .string(value)
        case .bytes(let value): .string(Base64.encode(value))
        case .enumeration(let number):
            if field.typeName == "google.protobuf.NullValue" {
                .null
            } else {
                self.pool.enumeration(field.typeName)?.name(of: number).map(JSONNode.string) ?? .number("\(number)")
            }
        case .message, .list, .map: .null
        }
    }

    private static func special(_ value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    // MARK: Well-known types

    private func node(
        of message: DynamicMessage,
        _ known: WellKnownType,
        depthLeft: Int
    ) throws(TranscodingError) -> JSONNode {
        switch known {
        case .timestamp: return .string(try TimestampText.print(message.integer(1), message.integer(2)))
        case .duration: return .string(try DurationText.print(message.integer(1), message.integer(2)))
        case .fieldMask: return .string(try FieldMaskText.print(message.list(1).map { $0.text }))
        case .wrapper:
            guard let field = message.type.field(1) else { return .null }
            return (message[1] ?? .initial(field.kind)).map { self.plain($0, field) } ?? .null
        case .structure:
            guard let field = message.type.field(1) else { return .null }
            return try self.node(of: message[1], field, depthLeft: depthLeft)
        case .listValue:
            guard let field = message.type.field(1) else { return .null }
            return try self.node(of: message[1], field, depthLeft: depthLeft)
        case .value: return try self.node(ofValue: message, depthLeft: depthLeft)
        case .any: return try self.node(ofAny: message, depthLeft: depthLeft)
        }
    }

    private func node(ofValue message: DynamicMessage, depthLeft: Int) throws(TranscodingError) -> JSONNode {
        guard let (number, value) = message.values.first, let field = message.type.field(number) else { return .null }
        if case .double(let value) = value, !value.isFinite {
            throw TranscodingError("google.protobuf.Value cannot hold \(Self.special(value)) in JSON")
        }
        return try self.node(of: value, field, depthLeft: depthLeft)
    }

    private func node(ofAny message: DynamicMessage, depthLeft: Int) throws(TranscodingError) -> JSONNode {
        let url = message[1]?.text ?? ""
        var content: [UInt8] = []
        if case .bytes(let bytes)? = message[2] { content = bytes }
        if url.isEmpty && content.isEmpty { return .object([]) }
        let type = try self.pool.type(ofURL: url)
        let inner = try DynamicDecoder(pool: self.pool).decode(content[...], as: type)
        let head = JSONNode.Member("@type", .string(url))
        if WellKnownType(type) != nil {
            return .object([head, .init("value", try self.node(of: inner, depthLeft: depthLeft - 1))])
        }
        return .object([head] + (try self.members(of: inner, depthLeft: depthLeft - 1)))
    }
}

extension DescriptorPool {
    /// The message that a type URL of `google.protobuf.Any` names: `type.googleapis.com/likeness.v1.Query`.
    func type(ofURL url: String) throws(TranscodingError) -> MessageDescriptor {
        guard let slash = url.lastIndex(of: "/") else { throw TranscodingError("\"\(url)\" is not the URL of a type") }
        let name = String(url[url.index(after: slash)...])
        guard let type = self.message(name) else { throw TranscodingError("the type \(name) is not known") }
        return type
    }
}

extension DynamicMessage {
    func integer(_ number: UInt32) -> Int64 { if case .signed(let value)? = self[number] { value } else { 0 } }

    func list(_ number: UInt32) -> [DynamicValue] { if case .list(let items)? = self[number] { items } else { [] } }
}

extension DynamicValue {
    var text: String { if case .string(let text) = self { text } else { "" } }
}

extension FieldDescriptor.Kind {
    var is64Bits: Bool {
        switch self {
        case .int64, .uint64, .sint64, .fixed64, .sfixed64: true
        default: false
        }
    }
}
