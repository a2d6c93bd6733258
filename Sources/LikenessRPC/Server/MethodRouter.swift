package import LikenessMessages
internal import LikenessWire
internal import NIOCore

/// The functions that answer a server's methods, by name.
package struct MethodRouter: MethodRegistrar, Sendable {
    package typealias Context = ServerContext

    /// An object: passing it on is one reference, not one for each text of `MethodInfo`.
    final class Route: Sendable {
        let method: MethodInfo
        /// The method's own number, from 0.
        let index: Int
        /// Served before the calls of others, from a reserve.
        let isSystem: Bool
        /// Whether callers that are bound to a stored view may call it: its answers pass through the view, or tell nothing of
        /// what is stored.
        let servesBoundCallers: Bool
        /// Decodes, calls the handler and finishes the call.
        let run: @Sendable (ServerCall, ByteBuffer?) async -> Void

        init(
            method: MethodInfo,
            index: Int,
            isSystem: Bool,
            servesBoundCallers: Bool,
            run: @escaping @Sendable (ServerCall, ByteBuffer?) async -> Void
        ) {
            (self.method, self.index, self.isSystem, self.run) = (method, index, isSystem, run)
            self.servesBoundCallers = servesBoundCallers
        }
    }

    private var routes: [String: Route] = [:]

    package init() {}

    /// Names of all methods, sorted.
    package var methods: [String] { self.routes.keys.sorted() }

    func route(to name: String) -> Route? { self.routes[name] }

    private mutating func add(_ method: MethodInfo, _ run: @escaping @Sendable (ServerCall, ByteBuffer?) async -> Void)
    {
        precondition(self.routes[method.fullName] == nil, "\(method.fullName) is registered twice")
        self.routes[method.fullName] = Route(
            method: method,
            index: self.routes.count,
            isSystem: method.requiredRole == .admin || method.service.hasPrefix("likeness.rpc.v1."),
            servesBoundCallers: method.service.hasPrefix("likeness.rpc.v1."),
            run: run
        )
    }

    /// Has all methods of a service served as administration and health are. What they need no administrator for must be
    /// answered from memory: the reserve is small.
    package mutating func serveAsSystem(_ service: String) {
        for (name, route) in self.routes where route.method.service == service {
            self.routes[name] = Route(
                method: route.method,
                index: route.index,
                isSystem: true,
                servesBoundCallers: route.servesBoundCallers,
                run: route.run
            )
        }
    }

    /// Has methods open for callers that are bound to a stored view; no other is.
    package mutating func serveBoundCallers(_ methods: [MethodInfo]) {
        for method in methods {
            guard let route = self.routes[method.fullName] else {
                preconditionFailure("\(method.fullName) is not registered")
            }
            self.routes[method.fullName] = Route(
                method: route.method,
                index: route.index,
                isSystem: route.isSystem,
                servesBoundCallers: true,
                run: route.run
            )
        }
    }

    /// Has a unary method answered by a handler that encodes its response itself.
    package mutating func unaryEncoded<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> RawMessage
    ) {
        self.add(method.info, Self.unary(handler))
    }

    package mutating func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        self.add(method.info, Self.unary(handler))
    }

    private static func unary<Request: Message, Response: Message>(
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) -> @Sendable (ServerCall, ByteBuffer?) async -> Void {
        { call, message in
            do {
                // The path of most calls: no frame of an interceptor between the call and its handler.
                guard call.isIntercepted else {
                    let request = try Self.decode(Request.self, from: message, for: call)
                    return call.finish(with: try await handler(request, ServerContext(call)))
                }
                let response = try await call.intercepted {
                    try await handler(try Self.decode(Request.self, from: message, for: call), ServerContext(call))
                }
                call.finish(with: response)
            } catch {
                call.fail(error)
            }
        }
    }

    package mutating func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (any MessageReader<Request>, ServerContext) async throws -> Response
    ) {
        self.add(method.info) { call, _ in
            await call.run { queue in
                let response = try await call.intercepted {
                    try await handler(ServerReader(queue: queue), ServerContext(call))
                }
                call.finish(with: response)
            }
        }
    }

    package mutating func serverStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, any MessageWriter<Response>, ServerContext) async throws -> Void
    ) {
        self.add(method.info) { call, message in
            do {
                try await call.intercepted {
                    let request = try Self.decode(Request.self, from: message)
                    try await handler(request, ServerWriter(call: call), ServerContext(call))
                }
                call.finish(with: .ok)
            } catch {
                call.fail(error)
            }
        }
    }

    package mutating func bidirectional<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler:
            @escaping @Sendable (any MessageReader<Request>, any MessageWriter<Response>, ServerContext)
            async throws -> Void
    ) {
        self.add(method.info) { call, _ in
            await call.run { queue in
                try await call.intercepted {
                    try await handler(ServerReader(queue: queue), ServerWriter(call: call), ServerContext(call))
                }
                call.finish(with: .ok)
            }
        }
    }

    static func decode<Request: Message>(
        _ type: Request.Type,
        from message: ByteBuffer?,
        for call: ServerCall? = nil
    ) throws -> Request {
        guard let message else {
            throw RPCError(.invalidArgument, reason: "MALFORMED_REQUEST", "the call carries no message")
        }
        let (request, undecodable) = try message.withUnsafeReadableBytes { bytes in
            try type.decode(bytes, limits: .default)
        }
        if !undecodable.isEmpty { call?.undecodableItems = undecodable }
        let violations = request.violations()
        guard violations.isEmpty else { throw RPCError(violations) }
        return request
    }
}
