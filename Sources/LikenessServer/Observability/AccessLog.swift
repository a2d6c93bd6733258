internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import Logging

/// One line for each call that is worth one: failed, denied or slow; thinned by caller, method and outcome. Others at
/// level debug.
///
/// - SeeAlso: `docs/operations.md`, "Access log".
struct AccessLog: ServerObserver {
    private let logger: Logger
    private let calls: ThinnedLog

    /// Unary calls that take longer are logged as slow.
    private static let slow = Duration.seconds(1)

    init(logger: Logger = Logger(label: "likeness.access"), thinning: LogThinning = LogThinning()) {
        self.logger = logger
        self.calls = ThinnedLog("call", logger: logger, thinning: thinning)
    }

    func connectionOpened(_ peer: PeerIdentity) {
        self.logger.debug("connection opened", metadata: Self.peer(peer))
    }

    func connectionClosed(_ peer: PeerIdentity) {
        self.logger.debug("connection closed", metadata: Self.peer(peer))
    }

    func callStarted(_ method: MethodInfo) {}

    func callEnded(_ call: EndedCall) {
        let level = Self.level(of: call)
        guard level >= self.logger.logLevel else { return }
        if level == .debug {
            return self.logger.debug("call", metadata: Self.common(call).merging(Self.details(call)) { $1 })
        }
        let method = call.method?.fullName ?? ServerMetrics.unknownMethod
        self.calls.log(
            level,
            caller: CallerName(of: call).key.description,
            reason: "\(method) \(call.code.name)",
            common: Self.common(call),
            details: Self.details(call)
        )
    }

    /// Writes what was counted so far.
    func flush() { self.calls.flush() }

    static func level(of call: EndedCall) -> Logger.Level {
        // A stream takes as long as its ends want, and WaitOperation as long as its operation.
        var isTimed: Bool { call.method.map { $0.kind == .unary && $0.name != "WaitOperation" } ?? true }
        return switch call.code {
        case .internal, .unknown, .dataLoss: .error
        case .unavailable: .warning
        case _ where call.duration > Self.slow && isTimed: .warning
        case .permissionDenied, .unauthenticated, .resourceExhausted: .notice
        case .deadlineExceeded where isTimed: .notice
        default: .debug
        }
    }

    private static func common(_ call: EndedCall) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": "\(call.method?.fullName ?? ServerMetrics.unknownMethod)", "code": "\(call.code.name)",
        ]
        let caller = CallerName(of: call)
        metadata[caller.kind.rawValue] = "\(caller.name)"
        return metadata
    }

    private static func details(_ call: EndedCall) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "peer": "\(call.peer.address)", "duration_ms": "\(Int(call.duration / .milliseconds(1)))",
        ]
        if call.databaseTime > .zero {
            let tenths = Int(call.databaseTime / .microseconds(100))
            metadata["database_ms"] = "\(tenths / 10).\(tenths % 10)"
            metadata["rows"] = "\(call.databaseRows)"
        }
        if let traceID = call.traceParent?.traceID { metadata["trace_id"] = "\(traceID)" }
        return metadata
    }

    private static func peer(_ peer: PeerIdentity) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["peer": "\(peer.address)"]
        if let name = peer.certificate?.firstName {
            metadata["identity"] = "\(name)"
        }
        return metadata
    }
}
