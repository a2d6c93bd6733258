internal import Instrumentation
internal import LikenessRPC
internal import LikenessWire

/// Hands a caller's trace context from a call's metadata to a tracer.
///
/// W3C Trace Context is checked here, so that every tracer sees a good one or none: a malformed `traceparent` is as
/// absent, and `tracestate` with it. Keys of other formats are passed on as they are.
struct TraceContextExtractor: Extractor {
    func extract(key: String, from carrier: Metadata) -> String? {
        switch key.lowercased() {
        case "traceparent": TraceParent(carrier) == nil ? nil : carrier["traceparent"]
        case "tracestate": TraceParent(carrier) == nil ? nil : Self.traceState(carrier)
        case let key: carrier[key]
        }
    }

    /// All entries in one, in their order; `nil` when there are more members than the 32 allowed, or odd characters.
    private static func traceState(_ metadata: Metadata) -> String? {
        let values = metadata.entries.filter { $0.key == "tracestate" }.map(\.value)
        let state = values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
        guard !state.isEmpty, state.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }),
            state.split(separator: ",").count <= 32
        else { return nil }
        return state
    }
}
