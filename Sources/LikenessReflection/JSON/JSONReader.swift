/// Turns JSON into messages by protobuf's JSON mapping.
///
/// - SeeAlso: protobuf.dev, "ProtoJSON Format".
struct JSONReader {
    let pool: DescriptorPool

    func message(
        _ node: JSONNode,
        as type: MessageDescriptor,
        depthLeft: Int = DynamicDecoder.depthMax
    ) throws(TranscodingError) -> DynamicMessage {
        guard depthLeft > 0 else {
            throw TranscodingError("messages are nested more than \(DynamicDecoder.depthMax) deep")
        }
        if let known = WellKnownType(type) {
            return try self.message(node, as: type, known, depthLeft: depthLeft)
        }
        guard case .object(let members) = node else {
            throw TranscodingError("is \(node.kind); \(type.fullName) is an object")
        }
        return try self.message(members, as: type, depthLeft: depthLeft)
    }

    private func message(
        _ members: [JSONNode.Member],
        as type: MessageDescriptor,
        depthLeft: Int
    ) throws(TranscodingError) -> DynamicMessage {
        var message = DynamicMessage(type)
        var seen: Set<UInt32> = []
        var oneofs: [Int: String] = [:]
        for member in members {
            do throws(TranscodingError) {
                let field = try self.field(named: member.name, of: type)
                guard seen.insert(field.number).inserted else { throw TranscodingError("is given twice") }
                if member.value == .null, !self.takesNull(field) { continue }
                if let oneof = field.oneof, !field.isExtension {
                    if let other = oneofs.updateValue(member.name, forKey: oneof) {
                        let name = type.oneofs.indices.contains(oneof) ? type.oneofs[oneof].name : "oneof"
                        throw TranscodingError("\"\(other)\" is set already, and \(name) can be only one of them")
                    }
                }
                try self.read(member.value, field, into: &message, depthLeft: depthLeft)
            } catch {
                throw error.inside(member.name)
            }
        }
        return message
    }

    private func field(named name: String, of type: MessageDescriptor) throws(TranscodingError) -> FieldDescriptor {
        if let field = type.field(named: name) { return field }
        if name.hasPrefix("["), name.hasSuffix("]"),
            let field = self.pool.fieldExtension(of: type.fullName, named: String(name.dropFirst().dropLast()))
        {
            return field
        }
        let known = type.fields.map(\.jsonName)
        let hint = Suggestion.nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" }
        let names = known.isEmpty ? "it has none" : "it has " + known.sorted().joined(separator: ", ")
        throw TranscodingError("\(type.fullName) has no such field\(hint ?? "; " + names)")
    }

    /// Null is absence, except where it is a value.
    private func takesNull(_ field: FieldDescriptor) -> Bool {
        guard !field.isRepeated else { return false }
        return field.typeName == "google.protobuf.Value" || field.typeName == "google.protobuf.NullValue"
    }

    private func read(
        _ node: JSONNode,
        _ field: FieldDescriptor,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        guard field.isRepeated else {
            return message.set(field, try self.value(node, field, depthLeft: depthLeft))
        }
        if field.isMessage, let entry = self.pool.message(field.typeName), entry.isMapEntry {
            return try self.readMap(node, entry, field, into: &message, depthLeft: depthLeft)
        }
        guard case .array(let nodes) = node else { throw TranscodingError("is \(node.kind); must be an array") }
        var items: [DynamicValue] = []
        items.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            do throws(TranscodingError) {
                items.append(try self.value(node, field, depthLeft: depthLeft))
            } catch {
                throw error.inside("[\(index)]")
            }
        }
        if !items.isEmpty { message.append(field, items) }
    }

    private func readMap(
        _ node: JSONNode,
        _ entry: MessageDescriptor,
        _ field: FieldDescriptor,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        guard case .object(let members) = node else { throw TranscodingError("is \(node.kind); must be an object") }
        guard let (keyField, valueField) = MapEntry.fields(of: entry) else { throw TranscodingError("not a map") }
        var seen: Set<DynamicKey> = []
        for member in members {
            do throws(TranscodingError) {
                guard let key = DynamicKey(try self.key(member.name, keyField)) else {
                    throw TranscodingError("not a map")
                }
                guard seen.insert(key).inserted else { throw TranscodingError("is given twice") }
                message.insert(field, key: key, try self.value(member.value, valueField, depthLeft: depthLeft))
            } catch {
                throw error.inside("[\"\(member.name)\"]")
            }
        }
    }

    private func key(_ text: String, _ field: FieldDescriptor) throws(TranscodingError) -> DynamicValue {
        switch field.kind {
        case .string: return .string(text)
        case .bool:
            switch text {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: throw TranscodingError("the key must be \"true\" or \"false\"")
            }
        default: return try ScalarReader.number(.string(text), field.kind)
        }
    }

    /// One value: of a field, of a list or of a map.
    private func value(
        _ node: JSONNode,
        _ field: FieldDescriptor,
        depthLeft: Int
    ) throws(TranscodingError) -> DynamicValue {
        if field.isMessage {
            guard let type = self.pool.message(field.typeName) else {
                throw TranscodingError("the type \(field.typeName) is not known")
            }
            return .message(try self.message(node, as: type, depthLeft: depthLeft - 1))
        }
        guard field.kind == .enumeration else { return try ScalarReader.value(node, field.kind) }
        guard let type = self.pool.enumeration(field.typeName) else {
            throw TranscodingError("the type \(field.typeName) is not known")
        }
        return .enumeration(try Self.number(node, type))
    }

    private static func number(_ node: JSONNode, _ type: EnumDescriptor) throws(TranscodingError) -> Int32 {
        switch node {
        case .string(let name):
            if let number = type.number(of: name) { return number }
            let names = type.values.map(\.name)
            let hint = Suggestion.nearest(to: name, in: names).map { "; did you mean \"\($0)\"?" }
            throw TranscodingError(
                "\(type.fullName) has no value \"\(name)\"\(hint ?? "; it has " + names.joined(separator: ", "))"
            )
        case .number(let text):
            guard let (isNegative, magnitude) = JSONNumber.integer(text),
                let number = Int32(exactly: isNegative ? -Double(magnitude) : Double(magnitude))
            else { throw TranscodingError("is \(text); must be the name or the number of a value of \(type.fullName)") }
            guard !type.isClosed || type.name(of: number) != nil else {
                throw TranscodingError("\(type.fullName) has no value \(number)")
            }
            return number
        case .null where type.fullName == "google.protobuf.NullValue": return 0
        default:
            throw TranscodingError("is \(node.kind); must be the name or the number of a value of \(type.fullName)")
        }
    }

    // MARK: Well-known types

    private func message(
        _ node: JSONNode,
        as type: MessageDescriptor,
        _ known: WellKnownType,
        depthLeft: Int
    ) throws(TranscodingError) -> DynamicMessage {
        var message = DynamicMessage(type)
        func text(_ example: String) throws(TranscodingError) -> String {
            guard case .string(let text) = node else {
                throw TranscodingError("is \(node.kind); must be a text like \"\(example)\"")
            }
            return text
        }
        func set(_ number: UInt32, _ value: DynamicValue) throws(TranscodingError) {
            guard let field = type.field(number) else {
                throw TranscodingError("the server's \(type.fullName) is not the well-known one")
            }
            if !value.isDefault { message.set(field, value) }
        }
        switch known {
        case .timestamp:
            let (seconds, nanos) = try TimestampText.parse(try text("2024-01-31T12:00:00Z"))
            try set(1, .signed(seconds))
            try set(2, .signed(nanos))
        case .duration:
            let (seconds, nanos) = try DurationText.parse(try text("1.5s"))
            try set(1, .signed(seconds))
            try set(2, .signed(nanos))
        case .fieldMask:
            try set(1, .list(try FieldMaskText.parse(try text("displayName,summary")).map(DynamicValue.string)))
        case .wrapper:
            guard let field = type.field(1) else { break }
            message.set(field, try self.value(node, field, depthLeft: depthLeft))
        case .structure:
            guard let field = type.field(1) else { break }
            guard case .object = node else { throw TranscodingError("is \(node.kind); must be an object") }
            try self.read(node, field, into: &message, depthLeft: depthLeft)
        case .listValue:
            guard let field = type.field(1) else { break }
            try self.read(node, field, into: &message, depthLeft: depthLeft)
        case .value:
            let number: UInt32 =
                switch node {
                case .null: 1
                case .number: 2
                case .string: 3
                case .bool: 4
                case .object: 5
                case .array: 6
                }
            guard let field = type.field(number) else { break }
            message.set(field, try self.value(node, field, depthLeft: depthLeft))
        case .any: try self.readAny(node, into: &message, depthLeft: depthLeft)
        }
        return message
    }

    private func readAny(
        _ node: JSONNode,
        into message: inout DynamicMessage,
        depthLeft: Int
    ) throws(TranscodingError) {
        guard case .object(let members) = node else { throw TranscodingError("is \(node.kind); must be an object") }
        if members.isEmpty { return }
        let urls = members.filter { $0.name == "@type" }
        guard urls.count == 1, case .string(let url) = urls[0].value else {
            throw TranscodingError(
                "needs one \"@type\" with the URL of a type: \"type.googleapis.com/package.Message\""
            )
        }
        let type = try self.pool.type(ofURL: url)
        let rest = members.filter { $0.name != "@type" }
        let inner: DynamicMessage
        if WellKnownType(type) != nil {
            guard rest.count == 1, rest[0].name == "value" else {
                throw TranscodingError("needs \"value\" beside \"@type\", and nothing else")
            }
            inner = try self.message(rest[0].value, as: type, depthLeft: depthLeft - 1)
        } else {
            inner = try self.message(rest, as: type, depthLeft: depthLeft - 1)
        }
        guard let urlField = message.type.field(1), let valueField = message.type.field(2) else { return }
        message.set(urlField, .string(url))
        message.set(valueField, .bytes(DynamicEncoder(pool: self.pool).encode(inner)))
    }
}
