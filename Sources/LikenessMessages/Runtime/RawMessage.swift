/// The encoded bytes of some message: what a caller sends and gets that knows a method's types only at run time.
///
/// Decoding takes the bytes as they are, whatever they hold.
public struct RawMessage: Message {
    public var bytes: [UInt8]

    public init() { self.bytes = [] }

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// No message has this name.
    public static var fullName: String { "" }

    public init(decoding bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(MessageDecodingError) {
        self.bytes = unsafe Array(bytes)
    }

    public func withEncoder<Result>(
        byteCountMax: Int,
        _ body: (_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) throws -> Result
    ) throws -> Result {
        guard self.bytes.count <= byteCountMax else { throw MessageEncodingError.tooLarge(byteCountMax: byteCountMax) }
        return try unsafe body(self.bytes.count) { destination in
            precondition(destination.count >= self.bytes.count, "the destination holds the whole message")
            unsafe destination.copyBytes(from: self.bytes)
        }
    }

    public func _check(_ violations: inout Violations) {}
}
