/// A message whose type is known only at run time: what is set, by field number.
package struct DynamicMessage: Sendable {
    package let type: MessageDescriptor
    package private(set) var values: [UInt32: DynamicValue] = [:]
    /// The member of each oneof that was set last, by the oneof's index.
    private var members: [Int: UInt32] = [:]

    package init(_ type: MessageDescriptor) { self.type = type }

    package subscript(_ number: UInt32) -> DynamicValue? { self.values[number] }

    /// Sets a field; of a oneof's members the last one stays.
    mutating func set(_ field: FieldDescriptor, _ value: DynamicValue) {
        self.leaveOneof(for: field)
        self.values[field.number] = value
    }

    mutating func append(_ field: FieldDescriptor, _ items: [DynamicValue]) {
        var list = self.takeList(field)
        list.append(contentsOf: items)
        self.values[field.number] = .list(list)
    }

    mutating func insert(_ field: FieldDescriptor, key: DynamicKey, _ value: DynamicValue) {
        var entries = self.takeMap(field)
        entries[key] = value
        self.values[field.number] = .map(entries)
    }

    // What is taken out has one owner, and grows in place: a peer that gives a field a million times costs a million steps,
    // not a million copies.

    /// The message of a field, which is unset then.
    mutating func takeMessage(_ field: FieldDescriptor) -> DynamicMessage? {
        guard case .message(let message)? = self.values.removeValue(forKey: field.number) else { return nil }
        return message
    }

    private mutating func takeList(_ field: FieldDescriptor) -> [DynamicValue] {
        guard case .list(let list)? = self.values.removeValue(forKey: field.number) else { return [] }
        return list
    }

    private mutating func takeMap(_ field: FieldDescriptor) -> [DynamicKey: DynamicValue] {
        guard case .map(let entries)? = self.values.removeValue(forKey: field.number) else { return [:] }
        return entries
    }

    private mutating func leaveOneof(for field: FieldDescriptor) {
        guard let oneof = field.oneof, !field.isExtension,
            let other = self.members.updateValue(field.number, forKey: oneof), other != field.number
        else { return }
        self.values[other] = nil
    }
}

package indirect enum DynamicValue: Sendable {
    /// `int32`, `int64`, `sint32` and the like.
    case signed(Int64)
    case unsigned(UInt64)
    case float(Float)
    case double(Double)
    case bool(Bool)
    case string(String)
    case bytes([UInt8])
    case enumeration(Int32)
    case message(DynamicMessage)
    case list([DynamicValue])
    case map([DynamicKey: DynamicValue])

    /// Whether it is what a field without presence is when it is absent.
    var isDefault: Bool {
        switch self {
        case .signed(let value): value == 0
        case .unsigned(let value): value == 0
        // -0.0 is not the default.
        case .float(let value): value.bitPattern == 0
        case .double(let value): value.bitPattern == 0
        case .bool(let value): !value
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .enumeration(let value): value == 0
        case .message: false
        case .list(let items): items.isEmpty
        case .map(let entries): entries.isEmpty
        }
    }

    /// What a field of this kind holds when it is absent.
    static func initial(_ kind: FieldDescriptor.Kind) -> DynamicValue? {
        switch kind {
        case .int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64: .signed(0)
        case .uint32, .uint64, .fixed32, .fixed64: .unsigned(0)
        case .float: .float(0)
        case .double: .double(0)
        case .bool: .bool(false)
        case .string: .string("")
        case .bytes: .bytes([])
        case .enumeration: .enumeration(0)
        case .message, .group: nil
        }
    }
}

/// The key of a map's entry.
package enum DynamicKey: Sendable, Hashable, Comparable {
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case string(String)

    package static func < (a: DynamicKey, b: DynamicKey) -> Bool {
        switch (a, b) {
        case (.bool(let a), .bool(let b)): !a && b
        case (.signed(let a), .signed(let b)): a < b
        case (.unsigned(let a), .unsigned(let b)): a < b
        case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        // A map has keys of one type.
        default: false
        }
    }

    init?(_ value: DynamicValue) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .signed(let value): self = .signed(value)
        case .unsigned(let value): self = .unsigned(value)
        case .string(let value): self = .string(value)
        default: return nil
        }
    }

    var value: DynamicValue {
        switch self {
        case .bool(let value): .bool(value)
        case .signed(let value): .signed(value)
        case .unsigned(let value): .unsigned(value)
        case .string(let value): .string(value)
        }
    }

    /// As a key of a JSON object.
    var text: String {
        switch self {
        case .bool(let value): "\(value)"
        case .signed(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .string(let value): value
        }
    }
}
