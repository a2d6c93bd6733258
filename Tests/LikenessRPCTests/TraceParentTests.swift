import LikenessRPC
import LikenessWire
import Testing

@Suite struct TraceParentTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [
        Self.good, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
    ]) func `a good one names the trace and the span`(text: String) throws {
        let parent = try #require(TraceParent(Metadata(["a": "b", "traceparent": text])))
        #expect(parent.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(parent.spanID == "b7ad6b7169203331")
    }

    @Test(arguments: [
        "", "-", "---", "00", "x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.later",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
    ]) func `a malformed one is as none`(text: String) {
        #expect(TraceParent(Metadata(["traceparent": text])) == nil)
    }

    @Test func `none and two are none`() {
        #expect(TraceParent(Metadata()) == nil)
        #expect(TraceParent(Metadata(["traceparent": Self.good, "Traceparent": "x"])) != nil)
        #expect(TraceParent(Metadata(["traceparent": Self.good, "traceparent": Self.good])) == nil)
    }
}
