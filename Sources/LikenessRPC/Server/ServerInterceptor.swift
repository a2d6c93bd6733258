/// Wraps every handler of a server, of all four kinds of calls.
///
///     struct SlowCallWarning: ServerInterceptor {
///         func intercept<Result>(
///             _ call: ServerContext,
///             _ next: () async throws -> Result
///         ) async throws -> Result {
///             let start = ContinuousClock.now
///             defer { if start.duration(to: .now) > .seconds(1) { warn(call.method.fullName) } }
///             return try await next()
///         }
///     }
///
/// A call that gets here was allowed: its role was checked, and it was admitted. `next` decodes and checks the request,
/// then runs the handler. An interceptor may
/// - refuse the call: throw before `next`, an `RPCError` for the caller to see, anything else for an internal error;
/// - see the outcome: what `next` returns or throws, ``ServerContext/code(of:)`` being the code of an error;
/// - turn an error into another;
/// - set trailers, before or after `next`;
/// - set task-local values around `next`, which the handler then sees.
///
/// It runs in the call's task, on the connection's event loop: it must not block. It is cancelled as the handler is,
/// when the caller is gone or the deadline has passed.
package protocol ServerInterceptor: Sendable {
    /// - Parameter next: The next interceptor, or the handler. To be called once at most.
    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result
}

/// A server's interceptors, the first outermost. There is none for an empty list.
final class ServerInterceptorChain: Sendable {
    private let interceptors: [any ServerInterceptor]

    init?(_ interceptors: [any ServerInterceptor]) {
        guard !interceptors.isEmpty else { return nil }
        self.interceptors = interceptors
    }

    func run<Result>(_ call: ServerContext, _ handler: () async throws -> Result) async throws -> Result {
        try await self.run(call, from: 0, handler)
    }

    private func run<Result>(
        _ call: ServerContext,
        from index: Int,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        guard index < self.interceptors.count else { return try await handler() }
        return try await self.interceptors[index].intercept(call) {
            try await self.run(call, from: index + 1, handler)
        }
    }
}
