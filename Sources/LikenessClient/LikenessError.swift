public import LikenessMessages
internal import LikenessRPC
internal import LikenessWire

/// A call that failed.
public struct LikenessError: Error, Sendable, CustomStringConvertible {
    /// One of gRPC's status codes. A struct, so that a new code breaks no caller.
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let cancelled = Code(rawValue: 1)
        public static let unknown = Code(rawValue: 2)
        public static let invalidArgument = Code(rawValue: 3)
        public static let deadlineExceeded = Code(rawValue: 4)
        public static let notFound = Code(rawValue: 5)
        public static let alreadyExists = Code(rawValue: 6)
        public static let permissionDenied = Code(rawValue: 7)
        public static let resourceExhausted = Code(rawValue: 8)
        public static let failedPrecondition = Code(rawValue: 9)
        public static let aborted = Code(rawValue: 10)
        public static let outOfRange = Code(rawValue: 11)
        public static let unimplemented = Code(rawValue: 12)
        public static let `internal` = Code(rawValue: 13)
        public static let unavailable = Code(rawValue: 14)
        public static let dataLoss = Code(rawValue: 15)
        public static let unauthenticated = Code(rawValue: 16)

        /// `INVALID_ARGUMENT`, for one.
        public var description: String {
            let names = [
                "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
                "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
                "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
            ]
            return Int(self.rawValue) < names.count ? names[Int(self.rawValue)] : "CODE_\(self.rawValue)"
        }
    }

    public let code: Code
    /// For developers, in English.
    public let message: String
    /// Why, for programs: `REVISION_MISMATCH`, for one. Of errors that did not come from the service only
    /// `CLIENT_QUEUE_FULL` and `CLIENT_UNREACHABLE` have one.
    public let reason: String
    /// Which fields of the request are wrong.
    public let violations: [Violation]
    /// How long to wait before trying again, when the service said so.
    public let retryDelay: Duration?
    /// The service has done nothing for this call: repeating it cannot do anything twice.
    public let nothingWasDone: Bool
    /// All that the service said about the failure, as messages of `likeness.rpc.v1`.
    public let details: [RPCStatusDetail]
    /// What the service sent behind the status.
    public let trailers: [(key: String, value: [UInt8])]

    public var description: String { "\(self.code): \(self.message)" }

    /// The reason of an error when nothing accepts connections where the service should be.
    package static let unreachable = "CLIENT_UNREACHABLE"

    /// For interceptors, and for tests of those who call a service.
    public init(
        _ code: Code,
        _ message: String,
        reason: String = "",
        violations: [Violation] = [],
        retryDelay: Duration? = nil,
        nothingWasDone: Bool = false,
        details: [RPCStatusDetail] = [],
        trailers: [(key: String, value: [UInt8])] = []
    ) {
        self.code = code
        self.message = message
        self.reason = reason
        self.violations = violations
        self.retryDelay = retryDelay
        self.nothingWasDone = nothingWasDone
        self.details = details
        self.trailers = trailers
    }

    init(_ error: RPCError) {
        func detail<Detail: Message>(_ type: Detail.Type) -> Detail? {
            error.details.first { $0.type == type.fullName }.flatMap { try? Detail(decoding: $0.value) }
        }
        let retry = detail(RPCRetryInfo.self)?.retryDelay
        self.init(
            Code(rawValue: error.code.rawValue),
            error.message,
            reason: detail(RPCErrorInfo.self)?.reason ?? (error.isUnreachable ? Self.unreachable : ""),
            violations: (detail(RPCBadRequest.self)?.fieldViolations ?? []).map {
                Violation(field: $0.field, ruleID: $0.ruleId, message: $0.description)
            },
            retryDelay: retry.map { .seconds($0.seconds) + .nanoseconds(Int64($0.nanos)) },
            nothingWasDone: error.nothingWasSent,
            details: error.details.map { RPCStatusDetail(type: $0.type, value: $0.value) },
            trailers: error.trailers.pairs
        )
    }
}
