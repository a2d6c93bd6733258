/// Takes messages as the peer sends them, one at a time: asking for the next is what lets the peer send on.
public protocol MessageReader<Element>: Sendable {
    associatedtype Element: Message
    /// The next message, or `nil` after the last.
    func next() async throws -> Element?
}

/// Sends messages one at a time; returns when the peer's window has room for more.
public protocol MessageWriter<Element>: Sendable {
    associatedtype Element: Message
    func write(_ message: Element) async throws
    /// Tells the peer that no more messages follow; nothing may be written after it, and a second one has no effect. A
    /// caller with streams both ways needs it to go on reading; everywhere else the stream ends with the function that
    /// was given the writer.
    func finish() async throws
}

/// Where a server collects the functions that answer its methods.
public protocol MethodRegistrar<Context> {
    /// What a handler learns of its call besides the request.
    associatedtype Context: Sendable

    mutating func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    )

    mutating func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (any MessageReader<Request>, Context) async throws -> Response
    )

    mutating func serverStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, any MessageWriter<Response>, Context) async throws -> Void
    )

    mutating func bidirectional<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler:
            @escaping @Sendable (any MessageReader<Request>, any MessageWriter<Response>, Context)
            async throws -> Void
    )
}
