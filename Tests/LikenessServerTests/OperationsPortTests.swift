import Foundation
import LikenessMessages
import LikenessMetrics
import NIOCore
import NIOPosix
import Testing

@testable import LikenessServer

struct OperationsPortTests {
    /// Runs something with a port that answers for a service without parts.
    private static func withPort(_ body: (Int) async throws -> Void) async throws {
        let state = ServiceState()
        state.start()
        let metrics = MetricsStore(ServiceMetric.all)
        let routes = OperationsRoutes(
            state: state,
            loops: EventLoopWatch([]),
            health: { GetHealthResponse(status: .serving) },
            metrics: metrics
        )
        metrics.collect { routes.samples() + ProcessMetrics.samples() }
        let port = try await OperationsPort.start(host: "127.0.0.1", port: 0, routes: routes)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try #require(URL(string: port.endpoint)?.port)))
        } catch {
            result = .failure(error)
        }
        await port.stop()
        try result.get()
    }

    @Test func `requests are answered one after the other on a connection`() async throws {
        try await Self.withPort { port in
            let answers = try await RawHTTP.exchange(
                port: port,
                "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nHEAD /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
            #expect(answers.contains("\r\n\r\nok\nHTTP/1.1"))
            // What HEAD would have sent is counted and left out.
            let headers = "content-length: 3\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n"
            #expect(answers.contains(headers + "HTTP/1.1"))
            #expect(answers.contains("\nlikeness_ready 1\n"))
            #expect(answers.contains("\nprocess_open_fds "))
        }
    }

    @Test(arguments: [
        ("GET /nothing HTTP/1.0\r\n\r\n", "404"), ("POST /livez HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", "405"),
        ("\u{16}\u{3}\u{1} no HTTP\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
    ])
    func `what is no request for anything is refused and ends`(request: String, status: String) async throws {
        try await Self.withPort { port in
            let answer = try await RawHTTP.exchange(port: port, request)
            #expect(answer.hasPrefix("HTTP/1.") && answer.dropFirst(9).hasPrefix(status), "\(answer)")
        }
    }

    @Test func `a body that nobody asked for ends the connection`() async throws {
        try await Self.withPort { port in
            let body = String(repeating: "a", count: 200_000)
            let answer = try await RawHTTP.exchange(
                port: port,
                "GET /livez HTTP/1.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            #expect(answer.isEmpty)
        }
    }

    @Test func `so many connections and no more, until one ends`() async throws {
        try await Self.withPort { port in
            var held: [RawHTTP] = []
            for _ in 0..<OperationsPort.connectionsMax {
                let one = try await RawHTTP.connect(port: port)
                try await one.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await one.untilContains("ok\n"))
                held.append(one)
            }
            #expect(try await RawHTTP.exchange(port: port, "GET /livez HTTP/1.0\r\n\r\n").isEmpty)
            try await held.removeLast().close()
            // The place is free when the service has seen the end.
            var answer = ""
            for _ in 0..<1_000 where answer.isEmpty {
                answer = (try? await RawHTTP.exchange(port: port, "GET /livez HTTP/1.0\r\n\r\n")) ?? ""
            }
            #expect(answer.hasPrefix("HTTP/1.0 200"))
            for one in held { try await one.close() }
        }
    }

    @Test func `a port that is taken is a fault of the setting`() async throws {
        try await Self.withPort { port in
            let routes = OperationsRoutes(
                state: ServiceState(),
                loops: EventLoopWatch([]),
                health: { GetHealthResponse(status: .serving) },
                metrics: MetricsStore([])
            )
            let error = await #expect(throws: ConfigurationError.self) {
                _ = try await OperationsPort.start(host: "127.0.0.1", port: port, routes: routes)
            }
            #expect(error.map { "\($0)" }?.contains("operations.listen: 127.0.0.1:\(port): ") == true)
        }
    }
}

/// One TCP connection that sends text and keeps what comes.
private final class RawHTTP: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<String>

    private init(_ channel: any Channel, _ received: AsyncStream<String>) {
        (self.channel, self.received) = (channel, received)
    }

    static func connect(port: Int) async throws -> RawHTTP {
        let (received, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawHTTP(channel, received)
    }

    /// All that comes until the other side ends the connection.
    static func exchange(port: Int, _ text: String) async throws -> String {
        let connection = try await Self.connect(port: port)
        // A service that does not want the rest may have closed already.
        try? await connection.send(text)
        var all = ""
        for await part in connection.received { all += part }
        return all
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(self.channel.allocator.buffer(string: text))
    }

    func untilContains(_ text: String) async -> Bool {
        var all = ""
        for await part in self.received {
            all += part
            if all.contains(text) { return true }
        }
        return false
    }

    func close() async throws { try await self.channel.close() }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<String>.Continuation

        init(_ continuation: AsyncStream<String>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.continuation.yield(String(buffer: self.unwrapInboundIn(data)))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) { self.continuation.finish() }
    }
}
