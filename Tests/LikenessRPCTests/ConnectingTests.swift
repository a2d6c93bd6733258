import Dispatch
import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix
import Testing

@Suite struct ConnectingTests {
    /// Runs what comes to it later than a caller here waits for a HELLO.
    private final class LateExecutor: TaskExecutor {
        let connectTimeout: Duration
        private let queue = DispatchQueue(label: "late")

        init(connectTimeout: Duration) { self.connectTimeout = connectTimeout }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            let late = self.connectTimeout * 1.25
            self.queue.asyncAfter(deadline: .now() + .milliseconds(Int(late / .milliseconds(1)))) {
                unsafe job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }

    private static func connectLate(_ port: Int, timeout: Duration) async throws -> ClientConnection {
        try await Task(executorPreference: LateExecutor(connectTimeout: timeout)) {
            var configuration = ClientConnection.Configuration()
            configuration.connectTimeout = timeout
            return try await ClientConnection.connect(
                host: "127.0.0.1",
                port: port,
                security: .plaintext,
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: configuration
            )
        }.value
    }

    @Test func `a caller that is late to hear of the HELLO has its connection`() async throws {
        let server = try await EchoServer.start()
        let port = server.server.port
        var connected = try? await Self.connectLate(port, timeout: .seconds(2))
        // A machine on which a connection takes 2 s; a caller that its own lateness fails is failed by 20 s as well.
        if connected == nil { connected = try await Self.connectLate(port, timeout: .seconds(20)) }
        let client = try #require(connected)
        let request = UnaryCallTests.message()
        let answer = try await client.unary(Echo.echo, request, options: .init())
        #expect(answer == request)
        await client.close()
        await server.stop()
    }

    @Test func `a server that accepts and says nothing is given up`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = ClientConnection.Configuration()
        // Time for TCP on a busy machine; all of it passes here.
        configuration.connectTimeout = .seconds(3)
        let error = try await UnaryCallTests.error {
            _ = try await ClientConnection.connect(
                host: "127.0.0.1",
                port: try #require(listener.localAddress?.port),
                security: .plaintext,
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: configuration
            )
        }
        #expect(error.code == .unavailable && error.nothingWasSent)
        #expect(error.message.contains("no HELLO from the server in time"))
        try await listener.close().get()
    }
}
