/// Bounds on what one encoded message may cost.
public struct DecodingLimits: Sendable, Hashable {
    /// Messages inside messages.
    public var depthMax: Int
    /// Memory that unpacking may take: this many times the encoded size, and `memoryBytesBase` more.
    public var memoryFactor: Int
    public var memoryBytesBase: Int

    public init(depthMax: Int = 32, memoryFactor: Int = 8, memoryBytesBase: Int = 64 << 10) {
        self.depthMax = depthMax
        self.memoryFactor = memoryFactor
        self.memoryBytesBase = memoryBytesBase
    }

    public static let `default` = DecodingLimits()
}
