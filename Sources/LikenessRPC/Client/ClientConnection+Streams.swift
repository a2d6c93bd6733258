package import LikenessMessages
internal import NIOCore

extension ClientConnection {
    package func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response {
        let stream = self.stream(method.info, options)
        try await stream.start()
        let answer = try await stream.run {
            let writer = ClientWriter<Request>(stream: stream)
            do {
                try await requests(writer)
                try await writer.finish()
            } catch {
                // A server may answer before it has read everything: what it says counts.
                guard stream.call.isOver else { throw error }
            }
            return try await stream.inbound.next()
        }
        self.tellTrailers(stream, options)
        return try Self.decode(Response.self, from: answer)
    }

    package func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        let stream = self.stream(method.info, options)
        try await stream.start(request)
        let result = try await stream.run { try await responses(ClientReader<Response>(stream: stream)) }
        self.tellTrailers(stream, options)
        return result
    }

    package func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        let stream = self.stream(method.info, options)
        try await stream.start()
        let result = try await stream.run {
            try await body(ClientWriter<Request>(stream: stream), ClientReader<Response>(stream: stream))
        }
        self.tellTrailers(stream, options)
        return result
    }

    private func tellTrailers(_ stream: ClientStream, _ options: CallOptions) {
        if let trailers = stream.call.trailers { options.onTrailers?(trailers) }
    }
}
