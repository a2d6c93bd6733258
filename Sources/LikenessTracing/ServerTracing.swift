internal import LikenessMessages
package import LikenessRPC
internal import LikenessWire
package import Tracing

/// Makes a span of every call a server answers, a child of the caller's when the call came with one.
///
/// What the handler does, and whom it calls, is a part of the span: it is the task's current context.
package struct ServerTracing: ServerInterceptor {
    private let tracer: any Tracer

    package init(tracer: any Tracer) { self.tracer = tracer }

    /// With the tracer of the process; none when it has none, which then costs calls nothing.
    package static var ofProcess: [any ServerInterceptor] {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? [] : [ServerTracing(tracer: tracer)]
    }

    package func intercept<Result>(
        _ call: ServerContext,
        _ next: () async throws -> Result
    ) async throws -> Result {
        var context = InstrumentationContext.topLevel
        self.tracer.extract(call.metadata, into: &context, using: TraceContextExtractor())
        let span = CallSpan(
            of: call.method,
            .server,
            in: self.tracer,
            context: context,
            attributes: ["network.peer.address": .string(call.peer.address)]
        )
        do {
            let result = try await InstrumentationContext.withValue(span.context) { try await next() }
            span.end(StatusCode.ok.name, isError: false)
            return result
        } catch {
            let code = call.code(of: error)
            span.end(code.name, isError: code.isFailureOfServer)
            throw error
        }
    }
}

extension StatusCode {
    /// Not what a caller did wrong, or what a caller has to expect.
    fileprivate var isFailureOfServer: Bool {
        switch self {
        case .unknown, .deadlineExceeded, .unimplemented, .internal, .unavailable, .dataLoss: true
        default: false
        }
    }
}
