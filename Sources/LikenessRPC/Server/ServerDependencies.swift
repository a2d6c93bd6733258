internal import LikenessMessages
internal import LikenessWire
internal import Logging
internal import NIOCore

/// What all connections of a server share.
final class ServerDependencies: Sendable {
    let router: MethodRouter
    let configuration: RPCServerConfiguration
    let security: RPCServerConfiguration.Security
    let roles: @Sendable (PeerIdentity) -> Set<Role>
    let boundMasks: @Sendable (PeerIdentity) -> [String]
    let tokens: @Sendable (String) -> TokenHolder?
    let admission: AdmissionGate
    let connections: ServerConnections
    let answers: AnswerBudget
    let interceptors: ServerInterceptorChain?
    let observer: (any ServerObserver)?
    let logger: Logger
    private let refusals: ThinnedLog

    init(
        router: MethodRouter,
        configuration: RPCServerConfiguration,
        security: RPCServerConfiguration.Security,
        roles: @escaping @Sendable (PeerIdentity) -> Set<Role>,
        boundMasks: @escaping @Sendable (PeerIdentity) -> [String] = { _ in [] },
        tokens: @escaping @Sendable (String) -> TokenHolder?,
        admission: AdmissionGate,
        connections: ServerConnections,
        interceptors: [any ServerInterceptor],
        observer: (any ServerObserver)?,
        logger: Logger
    ) {
        self.router = router
        self.configuration = configuration
        self.security = security
        self.roles = roles
        self.boundMasks = boundMasks
        self.tokens = tokens
        self.admission = admission
        self.connections = connections
        let largestFrame = Int(configuration.settings.frameBytesMax)
        let most = configuration.answerBytesMax
        self.answers = AnswerBudget(bytesMax: most == 0 ? 16 * largestFrame : most) { bytes in
            observer?.answerBytesUnderWay(bytes)
        }
        self.interceptors = ServerInterceptorChain(interceptors)
        self.observer = observer
        self.logger = logger
        self.refusals = ThinnedLog(
            "a connection was refused",
            logger: logger,
            thinning: LogThinning(interval: .seconds(60), kindsMax: 1_024)
        )
    }

    /// A connection was ended because of its peer: counted always, logged once a minute for every source and kind.
    func refused(_ refusal: ConnectionRefusal, source: SocketAddress?, reason: String) {
        self.observer?.connectionRefused(refusal)
        let address = source?.ipAddress ?? "unknown"
        self.refusals.log(
            .notice,
            caller: address,
            reason: refusal.rawValue,
            common: ["source": "\(address)", "kind": "\(refusal.rawValue)"],
            details: ["reason": "\(reason)"]
        )
    }
}
