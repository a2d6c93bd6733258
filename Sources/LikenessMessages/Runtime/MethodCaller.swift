/// What carries calls to a server; the generated client stubs stand on it.
public protocol MethodCaller: Sendable {
    /// Per-call options: timeout, metadata and the like.
    associatedtype Options: Sendable

    func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: Options
    ) async throws -> Response

    /// Ends when `requests` has ended and the server has answered.
    func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: Options,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response

    func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: Options,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result

    /// The requests end when `body` finishes its writer, or returns.
    func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: Options,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result
}
