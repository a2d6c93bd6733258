import LikenessMessages
import LikenessWire
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import LikenessRPC

/// What a connection does when time passes and nothing comes. The clock is the test's.
@Suite struct TimingTests {
    /// One server connection on a loop whose time stands still.
    final class Bench {
        let loop = EmbeddedEventLoop()
        let channel: EmbeddedChannel
        let service = EchoService()
        private var decoder = FrameDecoder()

        init(
            _ configuration: RPCServerConfiguration = RPCServerConfiguration(),
            ageJitter: Double = 0,
            interceptors: [any ServerInterceptor] = []
        ) throws {
            var router = MethodRouter()
            self.service.register(in: &router)
            let dependencies = ServerDependencies(
                router: router,
                configuration: configuration,
                security: .plaintext,
                roles: { _ in [] },
                tokens: { _ in nil },
                admission: AdmissionGate(configuration.admission),
                connections: ServerConnections(configuration),
                interceptors: interceptors,
                observer: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let handler = ServerConnectionHandler(
                dependencies: dependencies,
                executor: EventLoopExecutor(eventLoop: self.loop),
                allocator: ByteBufferAllocator(),
                ageJitter: ageJitter
            )
            self.channel = EmbeddedChannel(handler: handler, loop: self.loop)
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            self.loop.run()
        }

        func greet() throws {
            try self.send { $0.writeHello(Settings()) }
            guard case .hello = try self.frames().first else { throw RawPeer.NoHello() }
        }

        func send(_ body: (inout ByteBuffer) -> Void) throws {
            var bytes = ByteBuffer()
            body(&bytes)
            try self.channel.writeInbound(bytes)
            self.loop.run()
        }

        func frames() throws -> [Frame] {
            self.loop.run()
            while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { self.decoder.append(bytes) }
            var frames: [Frame] = []
            while let frame = try self.decoder.next() { frames.append(frame) }
            return frames
        }

        var isOpen: Bool { self.channel.isActive }
    }

    static func code(_ frames: [Frame]) -> GoawayCode? {
        for frame in frames { if case .goaway(let goaway) = frame { return goaway.code } }
        return nil
    }

    @Test func `HELLO must come within two seconds`() throws {
        let bench = try Bench()
        _ = try bench.frames()
        bench.loop.advanceTime(by: .milliseconds(1_999))
        #expect(try bench.frames().isEmpty)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(try Self.code(bench.frames()) == .timeout)
        #expect(bench.isOpen)
        bench.loop.advanceTime(by: .milliseconds(500))
        #expect(!bench.isOpen)
    }

    @Test func `a frame has ten seconds from its first byte, however it trickles`() throws {
        let bench = try Bench()
        try bench.greet()
        var frame = ByteBuffer()
        frame.writeRequest(1, RequestHead(method: Echo.echo.info.fullName), isLast: true) { _ in }
        for second in 0..<9 {
            try bench.channel.writeInbound(frame.readSlice(length: 1))
            bench.loop.advanceTime(by: .seconds(1))
            #expect(try bench.frames().isEmpty, "second \(second)")
        }
        bench.loop.advanceTime(by: .milliseconds(999))
        #expect(bench.isOpen)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(try Self.code(bench.frames()) == .timeout)
    }

    @Test func `frames that end in time begin a new time`() throws {
        let bench = try Bench()
        try bench.greet()
        var bytes = ByteBuffer()
        for index in 0..<10 {
            bytes.writeRequest(StreamID(index * 2 + 1), RequestHead(method: Echo.echo.info.fullName), isLast: true) {
                _ in
            }
        }
        let size = bytes.readableBytes / 10
        // Pieces that always leave half a frame behind, 8 s apart.
        try bench.channel.writeInbound(bytes.readSlice(length: size / 2))
        var answers = 0
        for _ in 0..<9 {
            bench.loop.advanceTime(by: .seconds(8))
            try bench.channel.writeInbound(bytes.readSlice(length: size))
            answers += try bench.frames().count
        }
        #expect(answers == 9)
        #expect(bench.isOpen)
    }

    @Test func `a silent peer is asked after 60 s and given up 20 s later`() throws {
        let bench = try Bench()
        try bench.greet()
        bench.loop.advanceTime(by: .seconds(59))
        #expect(try bench.frames().isEmpty)
        bench.loop.advanceTime(by: .seconds(1))
        guard case .ping(let value) = try bench.frames().first else { Issue.record("no PING"); return }
        try bench.send { $0.writePong(value) }
        bench.loop.advanceTime(by: .seconds(59))
        #expect(try bench.frames().isEmpty)
        #expect(bench.isOpen)
        bench.loop.advanceTime(by: .seconds(1))
        guard case .ping = try bench.frames().first else { Issue.record("no PING"); return }
        bench.loop.advanceTime(by: .milliseconds(19_999))
        #expect(bench.isOpen)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(!bench.isOpen)
    }

    @Test func `a deadline is answered to the millisecond, and its handler cancelled`() throws {
        let bench = try Bench()
        try bench.greet()
        for (index, timeout) in [30_000, 10_000, 20_000].enumerated() {
            let head = RequestHead(method: Echo.hang.info.fullName, timeoutMicroseconds: UInt64(timeout))
            try bench.send { $0.writeRequest(StreamID(index * 2 + 1), head, isLast: true) { _ in } }
        }
        #expect(bench.service.counts.running == 3)
        for (id, running) in [(3, 2), (5, 1), (1, 0)] as [(StreamID, Int)] {
            bench.loop.advanceTime(by: .milliseconds(9))
            #expect(try bench.frames().isEmpty)
            bench.loop.advanceTime(by: .milliseconds(1))
            guard case .end(id, let status, _, _) = try bench.frames().first else { Issue.record("no END"); return }
            #expect(status.code == .deadlineExceeded)
            #expect(bench.service.counts.running == running)
        }
    }

    @Test func `a call without a deadline gets the method's own, and one with a longer keeps it`() throws {
        let bench = try Bench()
        try bench.greet()
        let name = Echo.hangBriefly.info.fullName
        for (id, timeout) in [(1, nil), (3, 70_000), (5, 20_000)] as [(StreamID, UInt64?)] {
            let head = RequestHead(method: name, timeoutMicroseconds: timeout ?? 0)
            try bench.send { $0.writeRequest(id, head, isLast: true) { _ in } }
        }
        for (id, wait) in [(5, 20), (1, 30), (3, 20)] as [(StreamID, Int64)] {
            bench.loop.advanceTime(by: .milliseconds(wait - 1))
            #expect(try bench.frames().isEmpty)
            bench.loop.advanceTime(by: .milliseconds(1))
            guard case .end(id, let status, _, _) = try bench.frames().first else { Issue.record("no END"); return }
            #expect(status.code == .deadlineExceeded)
        }
        #expect(bench.service.counts.running == 0)
    }

    @Test func `an interceptor sees a deadline that has passed, not the cancellation that follows`() throws {
        let journal = Journal()
        let bench = try Bench(interceptors: [Recorder("it", in: journal)])
        try bench.greet()
        let head = RequestHead(method: Echo.hang.info.fullName, timeoutMicroseconds: 10_000)
        try bench.send { $0.writeRequest(1, head, isLast: true) { _ in } }
        #expect(journal.lines == ["it in"])
        bench.loop.advanceTime(by: .milliseconds(10))
        #expect(journal.lines == ["it in", "it out: DEADLINE_EXCEEDED"])
    }

    @Test func `age asks a connection to leave, a tenth earlier or later`() throws {
        for (jitter, seconds) in [(-1.0, 1_620), (0.0, 1_800), (1.0, 1_980)] as [(Double, Int64)] {
            var configuration = RPCServerConfiguration()
            configuration.idleTimeout = .seconds(100_000)
            configuration.keepaliveInterval = .seconds(100_000)
            let bench = try Bench(configuration, ageJitter: jitter)
            try bench.greet()
            try bench.send { $0.writeRequest(1, RequestHead(method: Echo.hang.info.fullName), isLast: true) { _ in } }
            bench.loop.advanceTime(by: .seconds(seconds - 1))
            #expect(try bench.frames().isEmpty)
            bench.loop.advanceTime(by: .seconds(1))
            #expect(try Self.code(bench.frames()) == .leaving)
            // A call that does not end has the grace of 60 s.
            bench.loop.advanceTime(by: .seconds(59))
            #expect(bench.isOpen)
            bench.loop.advanceTime(by: .seconds(1))
            #expect(!bench.isOpen)
            #expect(bench.service.counts.running == 0)
        }
    }

    @Test func `ten idle minutes end a connection, a call in between starts them anew`() throws {
        var configuration = RPCServerConfiguration()
        configuration.keepaliveInterval = .seconds(100_000)
        let bench = try Bench(configuration)
        try bench.greet()
        bench.loop.advanceTime(by: .seconds(599))
        try bench.send { $0.writeRequest(1, RequestHead(method: Echo.echo.info.fullName), isLast: true) { _ in } }
        #expect(try bench.frames().count == 1)
        bench.loop.advanceTime(by: .seconds(599))
        #expect(try bench.frames().isEmpty)
        bench.loop.advanceTime(by: .seconds(1))
        #expect(try Self.code(bench.frames()) == .leaving)
        bench.loop.advanceTime(by: .milliseconds(500))
        #expect(!bench.isOpen)
    }

    @Test func `answers of one burst leave in one write`() throws {
        let bench = try Bench()
        try bench.greet()
        try bench.send { buffer in
            for index in 0..<50 {
                buffer.writeRequest(StreamID(index * 2 + 1), RequestHead(method: Echo.echo.info.fullName), isLast: true)
                { _ in }
            }
        }
        let written = try #require(try bench.channel.readOutbound(as: ByteBuffer.self))
        #expect(written.readableBytes == 50 * 17)
        #expect(try bench.channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test func `a peer that does not read is not read, and is given up`() throws {
        let bench = try Bench()
        try bench.greet()
        bench.channel.isWritable = false
        bench.channel.pipeline.fireChannelWritabilityChanged()
        bench.loop.advanceTime(by: .milliseconds(19_999))
        #expect(try bench.frames().isEmpty)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(try Self.code(bench.frames()) == .timeout)
        bench.loop.advanceTime(by: .milliseconds(500))
        #expect(!bench.isOpen)
    }

    @Test func `a client that wants fewer PINGs gets fewer`() throws {
        let bench = try Bench()
        var settings = Settings()
        settings.pingIntervalMinMilliseconds = 150_000
        try bench.send { $0.writeHello(settings) }
        _ = try bench.frames()
        bench.loop.advanceTime(by: .milliseconds(149_999))
        #expect(try bench.frames().isEmpty)
        bench.loop.advanceTime(by: .milliseconds(1))
        guard case .ping = try bench.frames().first else { Issue.record("no PING"); return }
    }

    @Test func `a GOAWAY with an error ends the connection and its calls now`() throws {
        let bench = try Bench()
        try bench.greet()
        try bench.send { $0.writeRequest(1, RequestHead(method: Echo.hang.info.fullName), isLast: true) { _ in } }
        try bench.send { $0.writeGoaway(Goaway(lastStream: 0, code: .internalError, text: "")) }
        #expect(bench.service.counts.cancelled == 1)
        #expect(!bench.isOpen)
    }

    @Test func `trailers are cut to what the client takes`() throws {
        let bench = try Bench()
        var settings = Settings()
        settings.metadataBytesMax = 1_024
        try bench.send { $0.writeHello(settings) }
        var metadata = Metadata()
        for index in 0..<20 { metadata.add("key-\(index)", String(repeating: "v", count: 100)) }
        try bench.send { buffer in
            let head = RequestHead(method: Echo.trailers.info.fullName, metadata: metadata)
            buffer.writeRequest(1, head, isLast: true) { _ in }
        }
        guard case .end(1, let status, _, _) = try bench.frames().last else { Issue.record("no END"); return }
        #expect(status.code == .ok)
        #expect(status.trailers.encodedByteCount <= 1_024)
        #expect(status.trailers.entries.map(\.key) == (0..<9).map { "key-\($0)" })
    }
}
