import Dispatch
import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix
import Testing

@Suite struct ConnectingTests {
    /// Runs what comes to it later than anybody waits here for a HELLO.
    private final class LateExecutor: TaskExecutor {
        static let connectTimeout = Duration.seconds(2)
        private let queue = DispatchQueue(label: "late")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            self.queue.asyncAfter(deadline: .now() + .milliseconds(2_500)) {
                unsafe job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }

    @Test func `a caller that is late to hear of the HELLO has its connection`() async throws {
        let server = try await EchoServer.start()
        let port = server.server.port
        let connecting = Task(executorPreference: LateExecutor()) {
            var configuration = ClientConnection.Configuration()
            configuration.connectTimeout = LateExecutor.connectTimeout
            return try await ClientConnection.connect(
                host: "127.0.0.1",
                port: port,
                security: .plaintext,
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: configuration
            )
        }
        let client = try await connecting.value
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
        configuration.connectTimeout = .seconds(1)
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
