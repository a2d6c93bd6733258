package import LikenessRPC
internal import LikenessWire

extension RPCServerConfiguration {
    /// Names for ``set(_:to:)``; times are in milliseconds, sizes in bytes.
    package static let settingNames = [
        "frame-bytes-max", "metadata-bytes-max", "streams-max", "stream-credit-bytes", "connection-credit-bytes",
        "ping-interval-min-ms", "connections-max", "connections-per-identity-max", "handshakes-max",
        "connections-without-credential-max", "unwritten-bytes-max", "handshake-timeout-ms", "hello-timeout-ms",
        "frame-timeout-ms",
        "keepalive-interval-ms", "keepalive-timeout-ms", "idle-timeout-ms", "connection-age-ms",
        "connection-age-grace-ms", "linger-ms", "queue-delay-target-ms",
    ]

    /// - Returns: Whether there is a setting of that name.
    package mutating func set(_ name: String, to value: UInt32) -> Bool {
        let time = Duration.milliseconds(Int64(value))
        switch name {
        case "frame-bytes-max": self.settings.frameBytesMax = value
        case "metadata-bytes-max": self.settings.metadataBytesMax = value
        case "streams-max": self.settings.streamsMax = value
        case "stream-credit-bytes": self.settings.streamCreditBytes = value
        case "connection-credit-bytes": self.settings.connectionCreditBytes = value
        case "ping-interval-min-ms": self.settings.pingIntervalMinMilliseconds = value
        case "connections-max": self.connectionsMax = Int(value)
        case "connections-per-identity-max": self.connectionsPerIdentityMax = Int(value)
        case "handshakes-max": self.handshakesMax = max(1, Int(value))
        case "connections-without-credential-max": self.connectionsWithoutCredentialMax = Int(value)
        case "unwritten-bytes-max": self.unwrittenBytesMax = Int(value)
        case "handshake-timeout-ms": self.handshakeTimeout = time
        case "hello-timeout-ms": self.helloTimeout = time
        case "frame-timeout-ms": self.frameTimeout = time
        case "keepalive-interval-ms": self.keepaliveInterval = time
        case "keepalive-timeout-ms": self.keepaliveTimeout = time
        case "idle-timeout-ms": self.idleTimeout = time
        case "connection-age-ms": self.connectionAge = time
        case "connection-age-grace-ms": self.connectionAgeGrace = time
        case "linger-ms": self.lingerTime = time
        case "queue-delay-target-ms": self.admission.delayTarget = time
        default: return false
        }
        return true
    }

    /// Whether the settings of its HELLO are values that the protocol allows.
    package var isWithinProtocol: Bool { self.settings.areValid }

    /// Limits and times that tests reach within a second or two. Those that would end a quiet connection stay.
    package static var small: RPCServerConfiguration {
        var small = RPCServerConfiguration()
        small.settings.streamsMax = 8
        small.connectionsMax = 64
        small.handshakeTimeout = .milliseconds(1_000)
        small.helloTimeout = .milliseconds(500)
        small.frameTimeout = .milliseconds(1_000)
        small.lingerTime = .milliseconds(200)
        return small
    }
}
