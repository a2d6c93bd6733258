/// Bounds on what one encoded message may cost.
///
/// Two bytes can be a whole message in a list, which takes some 230 bytes of memory. The densest request that the contract
/// allows, 200 profiles of 500 experiences with two dates and 500 skills, all of them empty, has 0.9 MB and takes 55 MB.
/// So every message inside may take `memoryBytesPerMessage`, and all of them `messagesMemoryBytesMax`, beyond what the
/// size allows.
public struct DecodingLimits: Sendable, Hashable {
    /// Messages inside messages.
    public var depthMax: Int
    /// Memory that unpacking may take: this many times the encoded size, and `memoryBytesBase` more.
    public var memoryFactor: Int
    public var memoryBytesBase: Int
    public var memoryBytesPerMessage: Int
    public var messagesMemoryBytesMax: Int

    public init(
        depthMax: Int = 32,
        memoryFactor: Int = 8,
        memoryBytesBase: Int = 64 << 10,
        memoryBytesPerMessage: Int = 256,
        messagesMemoryBytesMax: Int = 64 << 20
    ) {
        self.depthMax = depthMax
        self.memoryFactor = memoryFactor
        self.memoryBytesBase = memoryBytesBase
        self.memoryBytesPerMessage = memoryBytesPerMessage
        self.messagesMemoryBytesMax = messagesMemoryBytesMax
    }

    /// For a message of so many encoded bytes with so many messages inside.
    func memoryBytesMax(encodedBytes: Int, messageCount: Int) -> Int {
        encodedBytes * self.memoryFactor + self.memoryBytesBase
            + min(messageCount * self.memoryBytesPerMessage, self.messagesMemoryBytesMax)
    }

    public static let `default` = DecodingLimits()
}
