/// Reads JSON values as protobuf's numbers, truth values, texts and bytes.
enum ScalarReader {
    static func value(_ node: JSONNode, _ kind: FieldDescriptor.Kind) throws(TranscodingError) -> DynamicValue {
        switch kind {
        case .bool:
            guard case .bool(let value) = node else { throw Self.mismatch(node, "true or false") }
            return .bool(value)
        case .string:
            guard case .string(let value) = node else { throw Self.mismatch(node, "a text") }
            return .string(value)
        case .bytes:
            guard case .string(let value) = node else { throw Self.mismatch(node, "a text in base 64") }
            guard let bytes = Base64.decode(value) else { throw TranscodingError("is not valid base 64") }
            return .bytes(bytes)
        default: return try Self.number(node, kind)
        }
    }

    /// Numbers come as JSON numbers or as texts of them.
    static func number(_ node: JSONNode, _ kind: FieldDescriptor.Kind) throws(TranscodingError) -> DynamicValue {
        let text: String
        switch node {
        case .number(let number): text = number
        case .string(let string): text = string
        default: throw Self.mismatch(node, "a number")
        }
        if kind == .float || kind == .double {
            return try Self.floating(text, isQuoted: node == .string(text), kind)
        }
        guard node == .number(text) || JSONNumber.isNumber(text) else {
            throw TranscodingError("\"\(text)\" is not a number")
        }
        guard let (isNegative, magnitude) = JSONNumber.integer(text) else {
            throw TranscodingError("\(text) is not an integer of 64 bits")
        }
        let range = Self.range(of: kind)
        if range.lowerBound < 0 {
            let limit = isNegative ? range.lowerBound.magnitude : UInt64(range.upperBound)
            guard magnitude <= limit else { throw TranscodingError("\(text) is out of the range of \(kind.word)") }
            return .signed(Int64(bitPattern: isNegative ? 0 &- magnitude : magnitude))
        }
        let limit = kind.is64Bits ? UInt64.max : UInt64(UInt32.max)
        guard magnitude <= limit, !isNegative || magnitude == 0 else {
            throw TranscodingError("\(text) is out of the range of \(kind.word)")
        }
        return .unsigned(magnitude)
    }

    /// Of the signed kinds; for the others it begins at 0 and the end says nothing.
    private static func range(of kind: FieldDescriptor.Kind) -> ClosedRange<Int64> {
        switch kind {
        case .int32, .sint32, .sfixed32: Int64(Int32.min)...Int64(Int32.max)
        case .int64, .sint64, .sfixed64: .min ... .max
        default: 0...0
        }
    }

    private static func floating(
        _ text: String,
        isQuoted: Bool,
        _ kind: FieldDescriptor.Kind
    ) throws(TranscodingError) -> DynamicValue {
        if isQuoted {
            switch text {
            case "NaN": return kind == .float ? .float(.nan) : .double(.nan)
            case "Infinity": return kind == .float ? .float(.infinity) : .double(.infinity)
            case "-Infinity": return kind == .float ? .float(-.infinity) : .double(-.infinity)
            default:
                guard JSONNumber.isNumber(text) else { throw TranscodingError("\"\(text)\" is not a number") }
            }
        }
        if kind == .float {
            guard let value = Float(text), value.isFinite else {
                throw TranscodingError("\(text) is out of the range of float")
            }
            return .float(value)
        }
        guard let value = Double(text), value.isFinite else {
            throw TranscodingError("\(text) is out of the range of double")
        }
        return .double(value)
    }

    private static func mismatch(_ node: JSONNode, _ wanted: String) -> TranscodingError {
        TranscodingError("is \(node.kind); must be \(wanted)")
    }
}
