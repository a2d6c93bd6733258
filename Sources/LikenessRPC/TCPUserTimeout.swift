internal import NIOCore

extension NIOBSDSocket.Option {
    /// Linux's TCP_USER_TIMEOUT: how long sent data may stay unacknowledged, in milliseconds.
    ///
    /// - SeeAlso: tcp(7); RFC 5482.
    static let tcp_user_timeout = NIOBSDSocket.Option(rawValue: 18)
}

extension Duration {
    /// For socket options: whole milliseconds, at least one.
    var socketMilliseconds: CInt { CInt(clamping: max(1, Int(self / .milliseconds(1)))) }
}
