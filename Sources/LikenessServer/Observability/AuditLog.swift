internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import Logging

/// Every call of a method that the contract has audited: who, what, to what, and how it ended.
///
/// Calls that ran leave a line each. Of calls that were refused before anything ran, a caller's first of each method and
/// code leaves a line and the others are counted in the next: every call is in exactly one line.
///
/// The keys are stable: `docs/operations.md`, "Audit log".
struct AuditLog: ServerObserver {
    /// Lines of this label are written at any `log.level`, and are never dropped.
    static let label = "likeness.audit"

    private let logger: Logger
    private let refused: ThinnedLog
    private let takesLines: @Sendable () -> Bool

    /// - Parameters:
    ///   - thinning: Of calls that were refused. Methods and codes are few; room for as many callers as there may be connections.
    ///   - takesLines: Whether lines can be kept until they are written.
    init(
        logger: Logger = Logger(label: Self.label),
        thinning: LogThinning = LogThinning(kindsMax: 4_096),
        takesLines: @escaping @Sendable () -> Bool = { LogSetup.takesAuditLines }
    ) {
        self.logger = logger
        self.refused = ThinnedLog("audit", logger: logger, thinning: thinning)
        self.takesLines = takesLines
    }

    var takesAuditedCalls: Bool { self.takesLines() }

    func connectionOpened(_ peer: PeerIdentity) {}

    func connectionClosed(_ peer: PeerIdentity) {}

    func callStarted(_ method: MethodInfo) {}

    func callEnded(_ call: EndedCall) {
        guard call.method?.isAudited == true, let method = call.method, call.caller?.isAudited(method) ?? true else {
            return
        }
        if call.wasStarted {
            self.logger.notice("audit", metadata: Self.common(call, method).merging(Self.details(call)) { $1 })
        } else {
            self.refused.log(
                .notice,
                caller: "\(CallerName(of: call).key) \(call.caller?.token == .unknown)",
                reason: "\(method.fullName) \(call.code.name)",
                common: Self.common(call, method),
                details: Self.details(call)
            )
        }
    }

    /// Writes what was counted so far.
    func flush() { self.refused.flush() }

    /// What a caller's calls of one method have in common.
    private static func common(_ call: EndedCall, _ method: MethodInfo) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["method": "\(method.fullName)", "code": "\(call.code.name)"]
        if let certificate = call.peer.certificate {
            if let name = certificate.firstName { metadata["identity"] = "\(name)" }
            metadata["certificate"] = "\(certificate.serialNumber)"
        }
        if let caller = call.caller {
            switch caller.token {
            case .absent: break
            case .unknown: metadata["token"] = "unknown"
            case .held(let name): metadata["token"] = "\(name)"
            }
            metadata["roles"] = "\(caller.roles.sorted().map { "\($0)" }.joined(separator: ","))"
        }
        return metadata
    }

    private static func details(_ call: EndedCall) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "peer": "\(call.peer.address)", "duration_ms": "\(Int(call.duration / .milliseconds(1)))",
        ]
        if let target = call.target, !target.isEmpty { metadata["target"] = "\(Self.oneWord(target))" }
        return metadata
    }

    /// The ids of 200 profiles with commas: as many as one call deletes. A line of the log has room for them.
    private static let targetCharactersMax = 200 * 37

    /// Nothing in a request may look like another line or key of the log.
    private static func oneWord(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(Self.targetCharactersMax)
        return String(scalars.map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
    }
}
