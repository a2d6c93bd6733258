/// A message of the contract as a plain value.
///
/// Encoding is deterministic: fields by ascending number, numbers of lists packed, entries of maps by ascending key.
/// Where protobuf leaves room, or we are stricter than it:
/// - Fields that a peer sent and this contract does not know are dropped when decoding; unknown enum values are kept.
/// - Refused: NUL in a text, a wire type that is not the field's, groups, one message given twice (protobuf merges),
///   a packed truth value above 1, and whatever exceeds `DecodingLimits`.
/// - Left out when encoding: a zero key or value of a map's entry, and -0.0 in a field of its own.
public protocol Message: Sendable, Hashable {
    /// Every field empty, zero or absent.
    init()

    /// Name with its package, as in `likeness.v1.QueryRequest`.
    static var fullName: String { get }

    /// Decodes protobuf's binary form.
    ///
    /// - Parameter bytes: One whole message; not kept.
    /// - Throws: `MessageDecodingError`, naming the field.
    /// - SeeAlso: Protocol Buffers encoding, "Message Structure".
    init(decoding bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(MessageDecodingError)

    /// Decodes protobuf's binary form; where the contract has the items of a list judged alone, a bad one costs no more
    /// than that item.
    static func decode(
        _ bytes: UnsafeRawBufferPointer,
        limits: DecodingLimits
    ) throws(MessageDecodingError) -> (message: Self, undecodable: [UndecodableItem])

    /// Encodes the message straight into memory of the caller's choice.
    ///
    /// - Parameters:
    ///   - byteCountMax: Work stops as soon as it is certain that the message has more bytes.
    ///   - body: Gets the exact size in bytes and a function that writes as many to its destination.
    /// - Throws: `MessageEncodingError`, or what `body` throws.
    func withEncoder<Result>(
        byteCountMax: Int,
        _ body: (_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) throws -> Result
    ) throws -> Result

    /// For generated code: adds what breaks the contract's rules.
    func _check(_ violations: inout Violations)
}

/// A message whose codec protoc-c and the generator made.
public protocol GeneratedMessage: Message {
    /// For generated code: the `ProtobufCMessageDescriptor` of this message.
    static var _descriptor: UnsafeRawPointer { get }

    /// For generated code: the number of the list of messages whose items are judged one by one.
    static var _itemsJudgedAlone: UInt32? { get }

    /// For generated code: reads the C struct at `source`, which protobuf-c has unpacked.
    init(_reading source: UnsafeRawPointer)

    /// For generated code: allocates the C struct in the arena and fills it.
    func _write(to arena: EncodingArena) -> UnsafeMutableRawPointer
}

extension GeneratedMessage {
    public static var _itemsJudgedAlone: UInt32? { nil }
}

extension Message {
    /// What breaks the rules of the contract's field options, at most `Violations.countMax`; empty when valid.
    public func violations() -> [Violation] {
        var violations = Violations()
        self._check(&violations)
        return violations.found
    }
}
