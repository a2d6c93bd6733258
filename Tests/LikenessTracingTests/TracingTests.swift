import InMemoryTracing
import LikenessClient
import LikenessMessages
import LikenessTracing
import LikenessWire
import Synchronization
import Testing
import Tracing

/// Spans of calls, from a client's to a handler's, with a tracer on each side.
@Suite struct TracingTests {
    @Test func `the server's span is a child of the client's, and the handler's of the server's`() async throws {
        let version: @Sendable (W3CTracer) async throws -> String = { tracer in
            tracer.withSpan("database") { _ in "7" }
        }
        try await TracedService.run(version: version) { service in
            #expect(try await service.version() == "7")
            let (client, server) = try service.spans()
            let handler = try #require(service.serverTracer.spans.first)
            #expect(client.parentSpanID == nil)
            #expect(server.traceID == client.traceID && server.parentSpanID == client.spanID)
            #expect(handler.traceID == client.traceID && handler.parentSpanID == server.spanID)
            #expect(service.metadata["traceparent"] == "00-\(client.traceID)-\(client.spanID)-01")
        }
    }

    @Test func `the client's span is a child of what goes on around the call`() async throws {
        try await TracedService.run { service in
            let around = service.clientTracer.startSpan("around")
            var context = around.context
            context.traceState = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
            _ = try await InstrumentationContext.withValue(context) { try await service.version() }
            around.end()
            let (client, server) = (try #require(service.clientTracer.spans.first), try service.spans().server)
            #expect(client.parentSpanID == around.spanID && client.traceID == around.traceID)
            #expect(server.parentSpanID == client.spanID && server.traceID == around.traceID)
            #expect(server.context.traceState == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        }
    }

    @Test func `spans are named and described after OpenTelemetry's conventions`() async throws {
        try await TracedService.run { service in
            _ = try await service.version()
            let (client, server) = try service.spans()
            for span in [client, server] {
                #expect(span.operationName == "likeness.v1.AdminService/GetVersion")
                #expect(span.text("rpc.system.name") == "likeness")
                #expect(span.text("rpc.method") == "likeness.v1.AdminService/GetVersion")
                #expect(span.text("rpc.response.status_code") == "OK")
                #expect(span.text("error.type") == nil && span.status == nil)
            }
            #expect(client.kind == .client && server.kind == .server)
            #expect(client.text("server.address") == "127.0.0.1")
            #expect(client.attributes.get("server.port") != nil)
            #expect(server.text("network.peer.address")?.contains("127.0.0.1") == true)
            #expect(service.clientTracer.openSpanCount == 0 && service.serverTracer.openSpanCount == 0)
        }
    }

    @Test(arguments: [
        (LikenessError.Code.notFound, false), (.permissionDenied, false), (.internal, true), (.dataLoss, true),
    ]) func `an error is the client's, and the server's when it is its fault`(
        code: LikenessError.Code,
        isServers: Bool
    ) async throws {
        let failing: @Sendable (W3CTracer) async throws -> String = { _ in throw TracedService.error(code) }
        try await TracedService.run(version: failing) { service in
            await #expect(throws: LikenessError.self) { try await service.version() }
            let (client, server) = try service.spans()
            #expect(client.text("rpc.response.status_code") == code.description)
            #expect(server.text("rpc.response.status_code") == code.description)
            #expect(client.text("error.type") == code.description && client.status?.code == .error)
            #expect(server.text("error.type") == (isServers ? code.description : nil))
            #expect((server.status?.code == .error) == isServers)
            // What the handler said may be about a person.
            #expect(client.errors.isEmpty && server.errors.isEmpty)
            #expect(client.status?.message == nil && server.status?.message == nil)
        }
    }

    @Test func `all attempts of a call are in one span of the client's`() async throws {
        let attempts = Mutex(0)
        let flaky: @Sendable (W3CTracer) async throws -> String = { _ in
            let number = attempts.withLock { attempts in
                attempts += 1
                return attempts
            }
            guard number > 2 else { throw TracedService.error(.unavailable) }
            return "3"
        }
        try await TracedService.run(version: flaky) { service in
            #expect(try await service.version() == "3")
            let client = try #require(service.clientTracer.spans.first)
            #expect(service.clientTracer.spans.count == 1)
            #expect(service.serverTracer.spans.map { $0.parentSpanID } == Array(repeating: client.spanID, count: 3))
            #expect(
                service.serverTracer.spans.map { $0.text("rpc.response.status_code") } == [
                    "UNAVAILABLE", "UNAVAILABLE", "OK",
                ]
            )
        }
    }

    @Test func `the span of a stream lasts as long as the stream`() async throws {
        try await TracedService.run { service in
            let query = QueryStreamRequest(query: .init(query: .init(ask: .text(.init(text: "x"))), limit: 1))
            let count = try await service.client.search.queryStream(query, options: TracedService.patient) { pages in
                var count = 0
                while try await pages.next() != nil {
                    count += 1
                    #expect(service.clientTracer.openSpanCount == 1)
                }
                return count
            }
            #expect(count == 3)
            let (client, server) = try service.spans()
            #expect(server.parentSpanID == client.spanID)
            #expect(server.operationName == "likeness.v1.SearchService/QueryStream")
            #expect(service.clientTracer.openSpanCount == 0)
        }
    }

    @Test(arguments: [
        "", "nonsense", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    ]) func `a malformed traceparent is ignored, and tracestate with it`(text: String) async throws {
        try await TracedService.run(clientIsTraced: false) { service in
            _ = try await service.version([("traceparent", text), ("tracestate", "a=b")])
            let span = try #require(service.serverTracer.spans.first)
            #expect(span.parentSpanID == nil)
            #expect(span.traceID != "0af7651916cd43dd8448eb211c80319c")
            #expect(span.context.traceState == nil)
        }
    }

    @Test func `a good traceparent of a caller of another make is the server's parent`() async throws {
        try await TracedService.run(clientIsTraced: false) { service in
            let states = [("tracestate", "a=b"), ("tracestate", "c=d")]
            let parent = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            _ = try await service.version([parent] + states)
            let span = try #require(service.serverTracer.spans.first)
            #expect(span.traceID == "0af7651916cd43dd8448eb211c80319c" && span.parentSpanID == "b7ad6b7169203331")
            #expect(span.context.traceState == "a=b,c=d")
            // Too many members: the state goes, the parent stays.
            let many = (0..<33).map { ("tracestate", "k\($0)=v") }
            _ = try await service.version([parent] + many)
            let other = try #require(service.serverTracer.spans.last)
            #expect(other.parentSpanID == "b7ad6b7169203331" && other.context.traceState == nil)
        }
    }

    @Test func `a traced client sends its own context in place of one that was set by hand`() async throws {
        try await TracedService.run { service in
            _ = try await service.version([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")])
            let sent = service.metadata.entries.filter { $0.key == "traceparent" }
            #expect(sent.count == 1)
            #expect(try service.spans().server.parentSpanID == service.spans().client.spanID)
        }
    }

    @Test func `without a tracer nothing is sent and nothing is in the way`() async throws {
        try await TracedService.run(clientIsTraced: false, serverIsTraced: false) { service in
            _ = try await service.version()
            #expect(service.metadata.isEmpty)
            #expect(ServerTracing.ofProcess.isEmpty)
            withTracer(service.serverTracer) { #expect(ServerTracing.ofProcess.count == 1) }
        }
    }
}

extension FinishedInMemorySpan {
    fileprivate func text(_ key: String) -> String? {
        guard case .string(let text)? = self.attributes.get(key) else { return nil }
        return text
    }
}
