internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import Logging

/// One line for every call of a method that the contract has audited, denied or not: who, what, to what, and how it ended.
///
/// The keys are stable: `method`, `code`, `duration_ms`, `peer`, and where they are known `identity`, `certificate`,
/// `token`, `roles`, `target`.
struct AuditLog: ServerObserver {
    /// Lines of this label are written at any `log.level`.
    static let label = "likeness.audit"

    private let logger: Logger

    init(logger: Logger = Logger(label: Self.label)) { self.logger = logger }

    func connectionOpened(_ peer: PeerIdentity) {}

    func connectionClosed(_ peer: PeerIdentity) {}

    func callStarted(_ method: MethodInfo) {}

    func callEnded(_ call: EndedCall) {
        guard let method = call.method, method.isAudited else { return }
        var metadata: Logger.Metadata = [
            "method": "\(method.fullName)", "code": "\(call.code.name)", "peer": "\(call.peer.address)",
            "duration_ms": "\(Int(call.duration / .milliseconds(1)))",
        ]
        if let certificate = call.peer.certificate {
            if let name = certificate.uriNames.first ?? certificate.dnsNames.first { metadata["identity"] = "\(name)" }
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
        if let target = call.target, !target.isEmpty { metadata["target"] = "\(Self.oneWord(target))" }
        self.logger.notice("audit", metadata: metadata)
    }

    /// Nothing in a request may look like another line or key of the log.
    private static func oneWord(_ text: String) -> String {
        String(text.unicodeScalars.prefix(200).map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
    }
}
