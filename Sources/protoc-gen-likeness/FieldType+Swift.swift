extension Schema.FieldType {
    /// The Swift type of one value.
    var swift: String {
        switch self {
        case .int32: "Int32"
        case .int64: "Int64"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .float: "Float"
        case .double: "Double"
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        case .message(let name), .enumeration(let name): name.swift
        case .map(_, let key, let value): "[\(key.swift): \(value.swift)]"
        }
    }

    var isMessage: Bool {
        if case .message = self { true } else { false }
    }

    var isText: Bool {
        if case .string = self { true } else { false }
    }

    var isBytes: Bool {
        if case .bytes = self { true } else { false }
    }

    var isEnumeration: Bool {
        if case .enumeration = self { true } else { false }
    }

    /// Whether it is a map whose values are messages.
    var isMapOfMessages: Bool {
        if case .map(_, _, let value) = self { value.isMessage } else { false }
    }

    var isInteger: Bool {
        switch self {
        case .int32, .int64, .uint32, .uint64: true
        default: false
        }
    }

    var isFloating: Bool {
        switch self {
        case .float, .double: true
        default: false
        }
    }
}

extension Schema.Field {
    var member: String { Naming.swiftMember(self.name) }
    var cMember: String { Naming.cMember(self.name) }

    /// Type of the Swift property and its value when the field is absent.
    var property: (type: String, initial: String) {
        if case .map = self.type { return (self.type.swift, "[:]") }
        if self.isRepeated { return ("[\(self.type.swift)]", "[]") }
        switch self.type {
        case .message: return (self.type.swift + "?", "nil")
        case .enumeration: return (self.type.swift, ".init(rawValue: 0)")
        case .string: return ("String", "\"\"")
        case .bytes: return ("[UInt8]", "[]")
        case .bool: return ("Bool", "false")
        default: return (self.type.swift, "0")
        }
    }
}

extension Schema.Message {
    /// What becomes a property: a field of its own, or all fields of a oneof together, in the order of the contract.
    enum Member {
        case field(Schema.Field)
        case oneof(Schema.Oneof, [Schema.Field])
    }

    var members: [Member] {
        var members: [Member] = []
        var oneofsSeen: Set<Int> = []
        for field in self.fields {
            guard let index = field.oneof else {
                members.append(.field(field))
                continue
            }
            guard oneofsSeen.insert(index).inserted else { continue }
            members.append(.oneof(self.oneofs[index], self.fields.filter { $0.oneof == index }))
        }
        return members
    }

    /// Protoc-c's name of the case of a oneof: `LIKENESS__V1__QUERY__ASK_TEXT`.
    func cCase(_ field: Schema.Field, of oneof: Schema.Oneof) -> String {
        "\(self.name.cUpper)__\(oneof.name.uppercased())_\(field.name.uppercased())"
    }
}
