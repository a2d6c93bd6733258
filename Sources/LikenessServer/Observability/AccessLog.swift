internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import Logging

/// One line for each call that is worth one: failed, denied or slow. Others at level debug.
struct AccessLog: ServerObserver {
    private let logger: Logger

    /// Calls that take longer are logged as slow.
    private static let slow = Duration.seconds(1)

    init(logger: Logger = Logger(label: "likeness.access")) { self.logger = logger }

    func connectionOpened(_ peer: PeerIdentity) {
        self.logger.debug("connection opened", metadata: Self.peer(peer))
    }

    func connectionClosed(_ peer: PeerIdentity) {
        self.logger.debug("connection closed", metadata: Self.peer(peer))
    }

    func callStarted(_ method: MethodInfo) {}

    func callEnded(_ call: EndedCall) {
        let level: Logger.Level =
            switch call.code {
            case .internal, .unknown, .dataLoss: .error
            case _ where call.duration > Self.slow && call.method?.name != "WaitOperation": .warning
            case .permissionDenied, .unauthenticated: .notice
            default: .debug
            }
        guard level >= self.logger.logLevel else { return }
        var metadata = Self.peer(call.peer)
        metadata["method"] = "\(call.method?.fullName ?? "_OTHER")"
        metadata["code"] = "\(call.code.name)"
        metadata["duration_ms"] = "\(Int(call.duration / .milliseconds(1)))"
        if let traceID = call.traceParent?.traceID { metadata["trace_id"] = "\(traceID)" }
        self.logger.log(level: level, "call", metadata: metadata)
    }

    private static func peer(_ peer: PeerIdentity) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["peer": "\(peer.address)"]
        if let name = peer.certificate?.uriNames.first ?? peer.certificate?.dnsNames.first {
            metadata["identity"] = "\(name)"
        }
        return metadata
    }
}
