/// Why bytes are not a message, and where.
public struct MessageDecodingError: Error, Hashable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// The bytes end inside a field.
        case truncated
        /// A variable-length number has more than ten bytes, or a tag more than fits.
        case invalidVarint
        case invalidFieldNumber
        /// A group (3, 4) or a number that means nothing (6, 7), or not the one this field has.
        case invalidWireType(UInt8)
        /// In a packed list, neither 0 nor 1.
        case invalidBool
        case invalidUTF8
        case nulInText
        /// A message that can be there once is there more than once; merging copies would cost time without bound.
        case duplicateMessage
        case tooDeep(limit: Int)
        case tooMuchMemory(limitBytes: Int)
        /// protobuf-c refused what the scan let through.
        case malformed

        public var description: String {
            switch self {
            case .truncated: "the message ends inside this field"
            case .invalidVarint: "invalid variable-length number"
            case .invalidFieldNumber: "field number out of range"
            case .invalidWireType(let type): "invalid wire type \(type)"
            case .invalidBool: "a packed truth value is neither 0 nor 1"
            case .invalidUTF8: "text is not valid UTF-8"
            case .nulInText: "text holds a NUL character"
            case .duplicateMessage: "given more than once"
            case .tooDeep(let limit): "nesting > \(limit)"
            case .tooMuchMemory(let limit): "takes more than \(limit) bytes to decode"
            case .malformed: "malformed message"
            }
        }
    }

    public let reason: Reason
    /// Path of the field from the message, as in `query.vector.values`; empty for the message itself.
    public internal(set) var field: String

    package init(_ reason: Reason, field: String = "") {
        self.reason = reason
        self.field = field
    }

    public var description: String {
        self.field.isEmpty ? self.reason.description : "\(self.field): \(self.reason)"
    }

    /// The error as seen from the message around.
    func inside(_ component: String) -> MessageDecodingError {
        MessageDecodingError(self.reason, field: self.field.isEmpty ? component : "\(component).\(self.field)")
    }
}
