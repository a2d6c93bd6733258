import InMemoryTracing
import Synchronization
import Tracing

/// Keeps its spans in memory, and sends its context as W3C Trace Context does.
struct W3CTracer: Tracer {
    private let memory: InMemoryTracer

    init() {
        @Sendable func identifier(_ byteCount: Int) -> String {
            (0..<byteCount).map { _ in
                let digits = String(UInt8.random(in: 1 ... .max), radix: 16)
                return digits.count == 1 ? "0\(digits)" : digits
            }.joined()
        }
        self.memory = InMemoryTracer(
            idGenerator: .init(nextTraceID: { identifier(16) }, nextSpanID: { identifier(8) })
        )
    }

    var spans: [FinishedInMemorySpan] { self.memory.finishedSpans }
    var openSpanCount: Int { self.memory.activeSpans.count }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> InstrumentationContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> InMemorySpan {
        self.memory.startSpan(
            operationName,
            context: context(),
            ofKind: kind,
            at: instant(),
            function: function,
            file: fileID,
            line: line
        )
    }

    func activeSpan(identifiedBy context: InstrumentationContext) -> InMemorySpan? {
        self.memory.activeSpan(identifiedBy: context)
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout InstrumentationContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let fields = extractor.extract(key: "traceparent", from: carrier)?.split(separator: "-") else { return }
        let (trace, span) = (String(fields[1]), String(fields[2]))
        context.inMemorySpanContext = InMemorySpanContext(traceID: trace, spanID: span, parentSpanID: nil)
        context.traceState = extractor.extract(key: "tracestate", from: carrier)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.inMemorySpanContext else { return }
        injector.inject("00-\(span.traceID)-\(span.spanID)-01", forKey: "traceparent", into: &carrier)
        if let state = context.traceState { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}

extension InstrumentationContext {
    private enum TraceStateKey: InstrumentationContextKey { typealias Value = String }

    var traceState: String? {
        get { self[TraceStateKey.self] }
        set { self[TraceStateKey.self] = newValue }
    }
}
