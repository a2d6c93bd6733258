/// What a caller may do. `reader`, `writer` and `admin` each include the ones before.
public enum Role: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Any peer that the transport accepted.
    case none = 1
    case reader, writer, admin
    /// Looks how the service is doing: methods that are open to monitors, and those that need no role.
    case monitor

    /// By their numbers, for lists: ``includes(_:)`` says what a caller may do.
    public static func < (a: Role, b: Role) -> Bool { a.rawValue < b.rawValue }

    /// Whether a caller of this role has the other too.
    public func includes(_ other: Role) -> Bool {
        switch other {
        case .none: true
        case .reader, .writer, .admin: self != .monitor && self.rawValue >= other.rawValue
        case .monitor: self == .monitor
        }
    }

    /// Every role that a caller of this one has.
    public var included: Set<Role> { Set(Self.allCases.filter(self.includes)) }
}

/// How many messages go each way.
public enum MethodKind: Sendable, Hashable {
    case unary, clientStreaming, serverStreaming, bidirectional
}

/// The contract's policy of one method.
public struct MethodInfo: Sendable, Hashable {
    /// Name of the service with its package: `likeness.v1.SearchService`.
    public let service: String
    public let name: String
    /// `likeness.v1.SearchService/Query`, as it travels.
    public let fullName: String
    public let kind: MethodKind
    public let requiredRole: Role
    /// Whether repeating a call has the effect of one.
    public let isIdempotent: Bool
    /// Whether a call changes nothing.
    public let hasNoSideEffects: Bool
    /// For callers that name no timeout.
    public let defaultTimeout: Duration?
    /// Whether every call leaves a line in the server's audit log.
    public let isAudited: Bool
    /// Whether monitors may call it too, and without such a line.
    public let isOpenToMonitor: Bool

    public init(
        service: String,
        name: String,
        kind: MethodKind,
        requiredRole: Role,
        isIdempotent: Bool,
        hasNoSideEffects: Bool,
        defaultTimeout: Duration?,
        isAudited: Bool = false,
        isOpenToMonitor: Bool = false
    ) {
        self.service = service
        self.name = name
        self.fullName = "\(service)/\(name)"
        self.kind = kind
        self.requiredRole = requiredRole
        self.isIdempotent = isIdempotent
        self.hasNoSideEffects = hasNoSideEffects
        self.defaultTimeout = defaultTimeout
        self.isAudited = isAudited
        self.isOpenToMonitor = isOpenToMonitor
    }
}

/// One method of the contract with the types it takes and gives.
public struct MethodDescriptor<Request: Message, Response: Message>: Sendable, Hashable {
    public let info: MethodInfo

    public init(_ info: MethodInfo) { self.info = info }
}
