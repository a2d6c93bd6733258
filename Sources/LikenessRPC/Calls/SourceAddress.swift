package import NIOCore

/// Where a connection comes from, as far as its maker cannot choose: an IPv4 address, or the first 64 bits of an IPv6
/// address, of which every site has 2^64.
package struct SourceAddress: Sendable, Hashable {
    private enum Value: Sendable, Hashable {
        case v4(UInt32)
        case v6(UInt64)
        case other
    }

    private let value: Value

    /// Of what has no Internet address.
    package static let other = SourceAddress(value: .other)

    private init(value: Value) { self.value = value }

    package init(_ address: SocketAddress?) {
        // Where the address stands in `sockaddr_in` and `sockaddr_in6`: ip(7), ipv6(7).
        switch address {
        case .v4(let address):
            let number = withUnsafeBytes(of: address.address) { Self.number($0[4..<8]) }
            self.value = .v4(UInt32(truncatingIfNeeded: number))
        case .v6(let address):
            let (site, marker, host) = withUnsafeBytes(of: address.address) { bytes in
                (Self.number(bytes[8..<16]), Self.number(bytes[16..<20]), Self.number(bytes[20..<24]))
            }
            // An IPv4 peer of a socket that takes both.
            let isMapped = site == 0 && marker == 0xFFFF
            self.value = isMapped ? .v4(UInt32(truncatingIfNeeded: host)) : .v6(site)
        case .unixDomainSocket, nil: self.value = .other
        }
    }

    /// Bytes as they travel, most significant first.
    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

extension SourceAddress: CustomStringConvertible {
    package var description: String {
        switch self.value {
        case .v4(let number):
            stride(from: 24, through: 0, by: -8).map { "\(number >> $0 & 0xFF)" }.joined(separator: ".")
        case .v6(let site):
            stride(from: 48, through: 0, by: -16).map { String(site >> $0 & 0xFFFF, radix: 16) }.joined(separator: ":")
                + "::/64"
        case .other: "none"
        }
    }
}
