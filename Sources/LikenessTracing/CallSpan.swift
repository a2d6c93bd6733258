package import LikenessMessages
package import Tracing

/// What the span of a call says, after OpenTelemetry's conventions for remote procedure calls.
///
/// Nothing of a message is in it, nor of an error but its code.
package struct CallSpan {
    private let span: any Span

    /// - Parameter attributes: Besides those that every call has.
    package init(
        of method: MethodInfo,
        _ kind: SpanKind,
        in tracer: any Tracer,
        context: InstrumentationContext,
        attributes: SpanAttributes = [:]
    ) {
        self.span = tracer.startAnySpan(method.fullName, context: context, ofKind: kind)
        var attributes = attributes
        attributes["rpc.system.name"] = "likeness"
        attributes["rpc.method"] = method.fullName
        self.span.attributes.merge(attributes)
    }

    /// For what the call does, and for those it calls.
    package var context: InstrumentationContext { self.span.context }

    /// - Parameter isError: Whether the code counts as a failure of this side: on a server, a caller's mistake does not.
    package func end(_ code: String, isError: Bool) {
        self.span.attributes["rpc.response.status_code"] = code
        if isError {
            self.span.attributes["error.type"] = code
            self.span.setStatus(SpanStatus(code: .error))
        }
        self.span.end()
    }
}
