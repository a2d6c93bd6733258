/// Messages of `google.protobuf` that have a JSON form of their own.
enum WellKnownType {
    case timestamp, duration, fieldMask, wrapper, structure, value, listValue, any

    init?(_ type: MessageDescriptor) {
        let prefix = "google.protobuf."
        guard type.fullName.hasPrefix(prefix) else { return nil }
        switch type.fullName.dropFirst(prefix.count) {
        case "Timestamp": self = .timestamp
        case "Duration": self = .duration
        case "FieldMask": self = .fieldMask
        case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue",
            "StringValue", "BytesValue":
            self = .wrapper
        case "Struct": self = .structure
        case "Value": self = .value
        case "ListValue": self = .listValue
        case "Any": self = .any
        default: return nil
        }
    }
}
