public import LikenessMessages

/// Sees every call before it is made and after it has ended.
///
///     struct Stopwatch: ClientInterceptor {
///         func intercept<Result: Sendable>(
///             _ call: CallContext,
///             _ next: (CallContext) async throws -> Result
///         ) async throws -> Result {
///             let start = ContinuousClock.now
///             defer { print(call.method.fullName, ContinuousClock.now - start) }
///             return try await next(call)
///         }
///     }
///
/// Around all attempts of a call together. It may change the options, fail the call, or repeat `next` when it knows
/// that this is safe.
public protocol ClientInterceptor: Sendable {
    func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result
}

/// A call that is about to be made.
public struct CallContext: Sendable {
    /// The contract's policy of the method.
    public let method: MethodInfo
    public var options: CallOptions

    public init(method: MethodInfo, options: CallOptions) {
        self.method = method
        self.options = options
    }
}

/// Sends a bearer token with every call that has no `authorization` among its metadata.
public struct BearerToken: ClientInterceptor {
    private let token: @Sendable () async throws -> String

    public init(_ token: String) { self.token = { token } }

    /// - Parameter token: Asked before each call: a place for one that is renewed.
    public init(_ token: @escaping @Sendable () async throws -> String) { self.token = token }

    /// - Parameter file: Holds the token alone, and is read again within a second or two of a change.
    /// - Throws: `LikenessError` with code `.invalidArgument`, naming the file and never what is in it.
    public init(file: String) throws(LikenessError) {
        let reader = try TokenFileReader(path: file)
        self.token = { reader.token }
    }

    public func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result {
        guard !call.options.metadata.contains(where: { $0.key == "authorization" }) else { return try await next(call) }
        var call = call
        call.options.metadata.append((key: "authorization", value: "Bearer \(try await self.token())"))
        return try await next(call)
    }
}
