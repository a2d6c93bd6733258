/// One field, or one extension, of a message.
package struct FieldDescriptor: Sendable {
    /// As `google.protobuf.FieldDescriptorProto.Type` numbers them.
    package enum Kind: UInt64, Sendable {
        case double = 1
        case float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes, uint32, enumeration
        case sfixed32, sfixed64, sint32, sint64

        /// The word in a `.proto` file; messages and enums go by their names.
        package var word: String {
            switch self {
            case .enumeration: "enum"
            default: "\(self)"
            }
        }

        var wireType: UInt8 {
            switch self {
            case .double, .fixed64, .sfixed64: 1
            case .float, .fixed32, .sfixed32: 5
            case .string, .bytes, .message: 2
            case .group: 3
            case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enumeration: 0
            }
        }

        var isPackable: Bool { self.wireType != 2 && self.wireType != 3 }
    }

    package enum Label: UInt64, Sendable { case optional = 1, required, repeated }

    package let name: String
    /// With the package; only extensions are called by it.
    package let fullName: String
    package let jsonName: String
    package let number: UInt32
    package let label: Label
    package let kind: Kind
    /// Of a message or enum, without the leading dot.
    package let typeName: String
    /// Index in the message's `oneofs`; `nil` too for the oneof that stands for `optional`.
    package let oneof: Int?
    /// Whether "absent" and "zero" are different things.
    package let hasPresence: Bool
    package let isOptionalInProto3: Bool
    package let isPacked: Bool
    package let isExtension: Bool
    /// An encoded `google.protobuf.FieldOptions`.
    package let options: ArraySlice<UInt8>
    /// Where its comments are.
    package let place: [Int32]

    package var isRepeated: Bool { self.label == .repeated }
    package var isMessage: Bool { self.kind == .message || self.kind == .group }
    /// Its key in JSON.
    package var jsonKey: String { self.isExtension ? "[\(self.fullName)]" : self.jsonName }
}
