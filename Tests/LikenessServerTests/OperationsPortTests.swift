import Foundation
import LikenessMessages
import LikenessMetrics
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import LikenessServer

struct OperationsPortTests {
    private static func probes() -> OperationsProbes {
        let state = ServiceState()
        state.start()
        return OperationsProbes(
            state: state,
            loops: EventLoopWatch([]),
            health: { (GetHealthResponse(status: .serving), .zero) }
        )
    }

    /// Runs something with a port that answers for a service without parts.
    private static func withPort(
        _ metrics: MetricsStore = MetricsStore(ServiceMetric.all),
        exchangeTime: TimeAmount = OperationsPort.exchangeTime,
        samples: @escaping @Sendable () -> [MetricSample] = { [] },
        _ body: (Int) async throws -> Void
    ) async throws {
        let port = try await OperationsPort.start(
            host: "127.0.0.1",
            port: 0,
            Self.probes(),
            metrics,
            exchangeTime: exchangeTime,
            samples: samples
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try #require(URL(string: port.endpoint)?.port)))
        } catch {
            result = .failure(error)
        }
        await port.stop()
        try result.get()
    }

    /// Makes a scrape so many bytes long.
    private static func large(_ byteCount: Int) -> MetricSample {
        MetricSample("large", labels: [MetricLabel("of", String(repeating: "a", count: byteCount))], 1)
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

    @Test(arguments: [
        "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: b\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /livez HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ])
    func `a connection on which no more is read as requests ends`(request: String) async throws {
        try await Self.withPort { port in
            let answer = try await RawHTTP.exchange(port: port, request)
            #expect(answer.components(separatedBy: "HTTP/1.").count == 2)
            #expect(answer.contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `headers beyond what a request needs are refused`() async throws {
        try await Self.withPort { port in
            let field = "a: " + String(repeating: "b", count: 1_000) + "\r\n"
            let fields = String(repeating: field, count: 17)
            let answer = try await RawHTTP.exchange(port: port, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `answers are made as they are read, however many requests wait for them`() async throws {
        let made = Atomic(0)
        let count = 400
        let samples: @Sendable () -> [MetricSample] = {
            made.add(1, ordering: .relaxed)
            return [Self.large(65_536)]
        }
        try await Self.withPort(samples: samples) { port in
            let greedy = try await RawHTTP.connect(port: port, reads: false)
            let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
            try await greedy.send(String(repeating: request, count: count - 1))
            try await greedy.send("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            // Each goes round the port's event loop, which has had all requests to read before the first.
            for _ in 0..<50 {
                #expect(try await RawHTTP.exchange(port: port, "GET /livez HTTP/1.0\r\n\r\n").hasSuffix("ok\n"))
            }
            // As many as the buffers of two sockets hold.
            #expect(made.load(ordering: .relaxed) < count / 2)
            try await greedy.startReading()
            var bytes = 0
            for await part in greedy.received { bytes += part.utf8.count }
            #expect(made.load(ordering: .relaxed) == count)
            #expect(bytes > count * 65_536)
        }
    }

    @Test func `who sends all and then waits gets the whole answer`() async throws {
        let byteCount = 8 << 20
        try await Self.withPort(samples: { [Self.large(byteCount)] }) { port in
            let connection = try await RawHTTP.connect(port: port, reads: false)
            try await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            try await connection.closeOutput()
            // The end of the requests has come before the answer is read.
            _ = try await RawHTTP.exchange(port: port, "GET /livez HTTP/1.0\r\n\r\n")
            try await connection.startReading()
            var bytes = 0
            for await part in connection.received { bytes += part.utf8.count }
            #expect(bytes > byteCount)
        }
    }

    @Test func `a request that does not end in time ends the connection`() async throws {
        try await Self.withPort(exchangeTime: .milliseconds(50)) { port in
            let slow = try await RawHTTP.connect(port: port)
            // A byte at a time, once round the port's event loop for each: it is never idle.
            var (part, isOpen) = ("GET /livez HTTP/1.1\r\nHost: ", true)
            while isOpen {
                do { try await slow.send(part) } catch { isOpen = false }
                part = "a"
                _ = try? await RawHTTP.exchange(port: port, "GET /livez HTTP/1.0\r\n\r\n")
            }
            var answer = ""
            for await part in slow.received { answer += part }
            #expect(answer.isEmpty)
        }
    }

    @Test func `clients that hold connections keep no probe out`() async throws {
        try await Self.withPort { port in
            var held: [RawHTTP] = []
            for _ in 0..<OperationsPort.connectionsMax {
                let one = try await RawHTTP.connect(port: port)
                try await one.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await one.untilContains("ok\n"))
                held.append(one)
            }
            // The first was answered longest ago until it asks again.
            try await held[0].send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await held[0].untilContains("ok\n"))
            let probe = try await RawHTTP.connect(port: port)
            try await probe.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await probe.untilContains("ok\n"))
            #expect(await held[1].untilContains("what never comes") == false)
            for one in [held[0], held[2], held[OperationsPort.connectionsMax - 1]] {
                try await one.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await one.untilContains("ok\n"))
            }
            for one in held + [probe] { one.close() }
        }
    }

    @Test func `a port that has stopped keeps nothing of its service`() async throws {
        weak var metrics: MetricsStore?
        do {
            let store = MetricsStore(ServiceMetric.all)
            metrics = store
            try await Self.withPort(store) { port in
                _ = try await RawHTTP.exchange(port: port, "GET /metrics HTTP/1.0\r\n\r\n")
            }
        }
        #expect(metrics == nil)
    }

    @Test func `a port that is taken is a fault of the setting`() async throws {
        try await Self.withPort { port in
            let error = await #expect(throws: ConfigurationError.self) {
                _ = try await OperationsPort.start(host: "127.0.0.1", port: port, Self.probes(), MetricsStore([]))
            }
            #expect(error.map { "\($0)" }?.contains("operations.listen: 127.0.0.1:\(port): ") == true)
        }
    }
}

/// One TCP connection that sends text and keeps what comes.
private final class RawHTTP: Sendable {
    private let channel: any Channel
    let received: AsyncStream<String>

    private init(_ channel: any Channel, _ received: AsyncStream<String>) {
        (self.channel, self.received) = (channel, received)
    }

    /// - Parameter reads: Whether it reads from the first moment.
    static func connect(port: Int, reads: Bool = true) async throws -> RawHTTP {
        let (received, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
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

    func startReading() async throws { try await self.channel.setOption(.autoRead, value: true).get() }

    /// Says that nothing more is sent.
    func closeOutput() async throws { try await self.channel.close(mode: .output) }

    /// The other side may have closed it already.
    func close() { self.channel.close(promise: nil) }

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
