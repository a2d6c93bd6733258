internal import LikenessMessages
internal import LikenessTracing
internal import Tracing

/// Makes a span of every call, all of its attempts together, and tells the service which.
struct ClientTracing: ClientInterceptor {
    private let tracer: any Tracer
    private let attributes: SpanAttributes

    /// - Parameter endpoints: Named in the span when there is but one.
    init(tracer: any Tracer, endpoints: [ClientConfiguration.Endpoint]) {
        self.tracer = tracer
        guard endpoints.count == 1, let endpoint = endpoints.first else {
            self.attributes = [:]
            return
        }
        self.attributes = [
            "server.address": .string(endpoint.host), "server.port": .int64(Int64(endpoint.port)),
        ]
    }

    func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result {
        let span = CallSpan(
            of: call.method,
            .client,
            in: self.tracer,
            context: .current ?? .topLevel,
            attributes: self.attributes
        )
        var call = call
        self.tracer.inject(span.context, into: &call.options, using: TraceContextInjector())
        do {
            let result = try await InstrumentationContext.withValue(span.context) { try await next(call) }
            span.end("OK", isError: false)
            return result
        } catch {
            span.end(LikenessError(any: error).code.description, isError: true)
            throw error
        }
    }
}

/// Writes a trace context into a call's metadata, in place of one that is there.
private struct TraceContextInjector: Injector {
    func inject(_ value: String, forKey key: String, into options: inout CallOptions) {
        let key = key.lowercased()
        options.metadata.removeAll { $0.key == key }
        options.metadata.append((key: key, value: value))
    }
}
