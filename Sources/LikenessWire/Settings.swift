/// What one side announces in its HELLO: the limits of what it will take.
///
/// - SeeAlso: `proto/PROTOCOL.md`, "HELLO".
package struct Settings: Sendable, Hashable {
    /// The largest value of a frame's length field that this side takes, 16 KiB...64 MiB.
    package var frameBytesMax: UInt32 = 4 << 20
    /// The largest encoded metadata block, 1 KiB...1 MiB.
    package var metadataBytesMax: UInt32 = 16 << 10
    /// Streams that the peer may have open at once, 1...65,535; only a server's counts.
    package var streamsMax: UInt32 = 100
    /// Credit every new stream starts with, 1 KiB...2³¹−1.
    package var streamCreditBytes: UInt32 = 64 << 10
    /// Credit the connection starts with, 1 KiB...2³¹−1.
    package var connectionCreditBytes: UInt32 = 1 << 20
    /// The shortest time between two PINGs of the peer, 0...3,600,000 ms.
    package var pingIntervalMinMilliseconds: UInt32 = 10_000

    package init() {}

    /// Whether every value is one that a HELLO may carry.
    package var areValid: Bool { Identifier.allCases.allSatisfy { $0.range.contains(self[keyPath: $0.path]) } }

    /// Largest length field of a peer's first frame.
    package static let helloBytesMax: UInt32 = 16 << 10
    package static let version: UInt16 = 1

    /// Numbers of the settings on the wire.
    enum Identifier: UInt16, CaseIterable {
        case frameBytesMax = 1
        case metadataBytesMax = 2
        case streamsMax = 3
        case streamCreditBytes = 4
        case connectionCreditBytes = 5
        case pingIntervalMinMilliseconds = 6

        var path: WritableKeyPath<Settings, UInt32> {
            switch self {
            case .frameBytesMax: \.frameBytesMax
            case .metadataBytesMax: \.metadataBytesMax
            case .streamsMax: \.streamsMax
            case .streamCreditBytes: \.streamCreditBytes
            case .connectionCreditBytes: \.connectionCreditBytes
            case .pingIntervalMinMilliseconds: \.pingIntervalMinMilliseconds
            }
        }

        var range: ClosedRange<UInt32> {
            switch self {
            case .frameBytesMax: 16 << 10...64 << 20
            case .metadataBytesMax: 1 << 10...1 << 20
            case .streamsMax: 1...65_535
            case .streamCreditBytes, .connectionCreditBytes: 1 << 10...UInt32(Int32.max)
            case .pingIntervalMinMilliseconds: 0...3_600_000
            }
        }
    }
}
