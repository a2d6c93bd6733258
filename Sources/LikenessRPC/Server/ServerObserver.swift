package import LikenessMessages
package import LikenessWire

/// Sees every call begin and end: the access log and the metrics stand on it. Called on event loops; must not block.
package protocol ServerObserver: Sendable {
    /// Whether calls of audited methods may start: `false` while what is known of the last ones cannot be kept.
    var takesAuditedCalls: Bool { get }
    func connectionOpened(_ peer: PeerIdentity)
    func connectionClosed(_ peer: PeerIdentity)
    /// A connection was ended by the server because of what its peer did, or before it was let in.
    func connectionRefused(_ refusal: ConnectionRefusal)
    /// - Parameter method: A method of the contract; nothing a peer made up.
    func callStarted(_ method: MethodInfo)
    /// Also for calls that were refused before they started.
    func callEnded(_ call: EndedCall)
    /// Bytes of large answers that no socket has taken yet, when they change.
    func answerBytesUnderWay(_ bytes: Int)
}

extension ServerObserver {
    package var takesAuditedCalls: Bool { true }
    package func connectionRefused(_ refusal: ConnectionRefusal) {}
    package func answerBytesUnderWay(_ bytes: Int) {}
}

/// Why a connection was ended.
package enum ConnectionRefusal: String, Sendable, Hashable, CaseIterable {
    case tooManyConnections = "too_many_connections"
    case tooManyOfIdentity = "too_many_of_identity"
    /// It had shown no credential, and its place was needed.
    case tooManyWithoutCredential = "too_many_without_credential"
    /// Its client did not read what it was sent.
    case unread
    /// No TLS, no acceptable certificate, or too slow.
    case handshake
    /// Its certificate was revoked while it was open.
    case revoked
    /// Frames that break the protocol, or too many of a kind.
    case protocolViolation = "protocol_violation"
}

/// How one call went.
package struct EndedCall: Sendable, Hashable {
    /// `nil` when the peer named a method that does not exist.
    package let method: MethodInfo?
    package let peer: PeerIdentity
    /// `nil` when the call was refused before anyone asked.
    package let caller: Caller?
    /// What an audited call was about, where its handler said so.
    package let target: String?
    package let code: StatusCode
    /// `false` when it was refused before any handler ran.
    package let wasStarted: Bool
    package let duration: Duration
    /// Of the messages, without what is around them.
    package let requestBytes: Int
    package let responseBytes: Int
    /// What the database took to answer what was asked of it for the call, side by side or one after the other; zero when nothing was.
    package let databaseTime: Duration
    /// How many rows it answered.
    package let databaseRows: Int
    /// What the caller sent beside its messages.
    private let metadata: Metadata

    /// The caller's trace. Read when asked for: few calls leave a line that names it.
    package var traceParent: TraceParent? { self.metadata.isEmpty ? nil : TraceParent(self.metadata) }

    package init(
        method: MethodInfo?,
        peer: PeerIdentity,
        caller: Caller? = nil,
        target: String? = nil,
        code: StatusCode,
        wasStarted: Bool,
        duration: Duration,
        requestBytes: Int,
        responseBytes: Int,
        databaseTime: Duration = .zero,
        databaseRows: Int = 0,
        metadata: Metadata = Metadata()
    ) {
        self.method = method
        self.peer = peer
        self.caller = caller
        self.target = target
        self.code = code
        self.wasStarted = wasStarted
        self.duration = duration
        self.requestBytes = requestBytes
        self.responseBytes = responseBytes
        self.databaseTime = databaseTime
        self.databaseRows = databaseRows
        self.metadata = metadata
    }
}
