internal import NIOCore

extension SocketAddress {
    /// Address and port as they are written elsewhere: `10.0.0.7:51234`, `[2001:db8::7]:51234`; of a Unix socket its path.
    var text: String {
        let address = self.ipAddress ?? ""
        return switch self {
        case .v4: "\(address):\(self.port ?? 0)"
        case .v6: "[\(address)]:\(self.port ?? 0)"
        case .unixDomainSocket: self.pathname ?? "unknown"
        }
    }
}
