internal import LikenessMessages
public import Logging

/// One line for each call that is worth one: failed by no fault of the request's, or slow. Others at level debug.
///
/// A line has `method`, `code`, `duration_ms`, and `reason` where the service gave one; nothing of what the messages hold.
public struct CallLog: ClientInterceptor {
    private let logger: Logger
    private let slow: Duration

    /// - Parameter slow: Calls that take longer are logged at level warning.
    public init(logger: Logger = Logger(label: "likeness.client"), slow: Duration = .seconds(1)) {
        self.logger = logger
        self.slow = slow
    }

    public func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        do {
            let result = try await next(call)
            self.log(call, nil, ContinuousClock.now - start)
            return result
        } catch {
            self.log(call, LikenessError(any: error), ContinuousClock.now - start)
            throw error
        }
    }

    private func log(_ call: CallContext, _ error: LikenessError?, _ duration: Duration) {
        let level: Logger.Level =
            switch error?.code {
            case .internal, .unknown, .dataLoss: .error
            case .unavailable, .deadlineExceeded, .resourceExhausted: .warning
            case .permissionDenied, .unauthenticated: .notice
            default: duration > self.slow ? .warning : .debug
            }
        guard level >= self.logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "method": "\(call.method.fullName)", "code": "\(error?.code.description ?? "OK")",
            "duration_ms": "\(Int(duration / .milliseconds(1)))",
        ]
        if let reason = error?.reason, !reason.isEmpty { metadata["reason"] = "\(reason)" }
        self.logger.log(level: level, "call", metadata: metadata)
    }
}
