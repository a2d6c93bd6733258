/// A message of the contract as a plain value.
///
/// Fields that a peer sent and this contract does not know are dropped when decoding.
public protocol Message: Sendable, Hashable {
    /// Every field empty, zero or absent.
    init()

    /// Name with its package, as in `likeness.v1.QueryRequest`.
    static var fullName: String { get }

    /// For generated code: the `ProtobufCMessageDescriptor` of this message.
    static var _descriptor: UnsafeRawPointer { get }

    /// For generated code: reads the C struct at `source`, which protobuf-c has unpacked.
    init(_reading source: UnsafeRawPointer)

    /// For generated code: allocates the C struct in the arena and fills it.
    func _write(to arena: EncodingArena) -> UnsafeMutableRawPointer

    /// For generated code: adds what breaks the contract's rules.
    func _check(_ violations: inout Violations)
}

extension Message {
    /// What breaks the rules of the contract's field options, at most `Violations.countMax`; empty when valid.
    public func violations() -> [Violation] {
        var violations = Violations()
        self._check(&violations)
        return violations.found
    }
}
