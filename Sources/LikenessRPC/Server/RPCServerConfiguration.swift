internal import LikenessMessages
package import LikenessTLS
package import LikenessWire

/// Limits and times of a server.
package struct RPCServerConfiguration: Sendable {
    /// How connections are secured.
    package enum Security: Sendable {
        case tls(TLSContextSource)
        /// For tests only: no encryption, and no peer proves who it is.
        case plaintext
    }

    /// What HELLO says.
    package var settings = Settings()
    package var connectionsMax = 1_024 {
        didSet { self.connectionsWithoutCredentialMax = max(1, self.connectionsMax / 2) }
    }
    /// Of one client, known by the first name of its certificate, or by its address when it shows none.
    package var connectionsPerIdentityMax = 64
    /// Of peers that have shown neither a certificate nor a valid token; the others are kept for those that have. Half of
    /// `connectionsMax` unless set after it.
    package var connectionsWithoutCredentialMax = 512
    /// Streaming calls at once of such a connection.
    package var streamsWithoutCredentialMax = 16
    /// TLS handshakes at once; with more of them the address with the most loses its oldest.
    package var handshakesMax = 256
    /// What may be written for one connection and not be read by its client; with more no new call of it starts, and after
    /// `keepaliveTimeout` it is ended. `nil` for twice the frame limit: an answer and the next.
    package var unwrittenBytesMax: Int?
    package var listenBacklog = 512
    /// For the TLS handshake.
    package var handshakeTimeout = Duration.seconds(5)
    /// From the end of the handshake to the HELLO.
    package var helloTimeout = Duration.seconds(2)
    /// From the first byte of a frame to its last.
    package var frameTimeout = Duration.seconds(10)
    /// Silence after which the peer is asked whether it lives.
    package var keepaliveInterval = Duration.seconds(60)
    /// How long it may take to answer, and how long a peer may leave its answers unread.
    package var keepaliveTimeout = Duration.seconds(20)
    /// Without a call; then GOAWAY.
    package var idleTimeout = Duration.seconds(600)
    /// Connections are asked to leave at this age, ± 10 %.
    package var connectionAge = Duration.seconds(1_800)
    /// What a connection that was asked to leave has for its last calls.
    package var connectionAgeGrace = Duration.seconds(60)
    /// From the last answer to the end of the connection, so that the peer reads it and can close first.
    package var lingerTime = Duration.milliseconds(500)
    /// At the end of a shutdown, for handlers that were cancelled and still run; most end at once.
    package var cancelledHandlersTime = Duration.seconds(5)
    /// How long a peer's roles are remembered.
    package var rolesTime = Duration.seconds(1)

    /// Bytes of large answers that all connections together may have encoded and not yet handed to their sockets; 0 means
    /// sixteen of the largest frames.
    package var answerBytesMax = 0

    /// The longest deadline of a call, by the role that its method requires; also of a call that names none. `nil` is no bound.
    package struct DeadlineMax: Sendable {
        package var reader: Duration?
        package var writer: Duration?
        package var admin: Duration?

        package init() {}

        /// Methods that require no role are those of health and reflection. A stream that has no deadline by the contract runs until its
        /// caller ends it, or its connection.
        func of(_ method: MethodInfo) -> Duration? {
            guard method.kind != .serverStreaming || method.defaultTimeout != nil else { return nil }
            return switch method.requiredRole {
            case .reader: self.reader
            case .writer: self.writer
            case .admin: self.admin
            case .none, .monitor: nil
            }
        }
    }

    package var deadlineMax = DeadlineMax()

    /// Which calls may start when not all can be served.
    package var admission = AdmissionController.Configuration()

    package init() {}

    var unwrittenBytesLimit: Int { self.unwrittenBytesMax ?? 2 * Int(self.settings.frameBytesMax) }
}
