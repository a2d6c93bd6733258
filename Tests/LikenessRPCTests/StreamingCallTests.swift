import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import Synchronization
import Testing

/// Calls with streams over real sockets.
@Suite struct StreamingCallTests {
    private static func message(_ text: String = "", byteCount: Int = 3) -> RPCStatusDetail {
        RPCStatusDetail(type: text, value: [UInt8](repeating: 0xAB, count: byteCount))
    }

    /// Runs `body` with a server and a connection to it.
    private static func run(
        _ transport: EchoServer.Transport = .plaintext,
        _ body: (EchoServer, ClientConnection) async throws -> Void
    ) async throws {
        let server = try await EchoServer.start(transport)
        let client = try await server.connect()
        try await body(server, client)
        #expect(client.callCount == 0)
        await client.close()
        await server.stop()
        #expect(server.server.connectionCount == 0)
    }

    @Test(arguments: EchoServer.Transport.allCases, [0, 1, 3, 2_000])
    func `a stream of requests has one answer`(transport: EchoServer.Transport, count: Int) async throws {
        try await Self.run(transport) { _, client in
            let answer = try await client.clientStreaming(Streams.collect, options: .init()) { requests in
                for index in 0..<count { try await requests.write(Self.message(byteCount: index)) }
            }
            #expect(answer.type == "\(count)")
            #expect(String(decoding: answer.value, as: UTF8.self) == "\(count * (count - 1) / 2)")
        }
    }

    @Test(arguments: EchoServer.Transport.allCases, [(0, 10), (1, 0), (5, 100_000), (2_000, 700)])
    func `one request has a stream of answers`(transport: EchoServer.Transport, shape: (Int, Int)) async throws {
        try await Self.run(transport) { _, client in
            let (count, size) = shape
            let trailers = Mutex<[String]>([])
            let options = CallOptions(onTrailers: { metadata in
                let values = metadata.entries.map { String(decoding: $0.value, as: UTF8.self) }
                trailers.withLock { $0 += values }
            })
            let request = Self.message("\(size)", byteCount: count)
            let seen = try await client.serverStreaming(Streams.count, request, options: options) { responses in
                var seen = 0
                while let response = try await responses.next() {
                    #expect(response.type == "\(seen)" && response.value.count == size)
                    seen += 1
                }
                return seen
            }
            #expect(seen == count)
            #expect(trailers.withLock { $0 } == ["\(count)"])
        }
    }

    @Test(arguments: EchoServer.Transport.allCases)
    func `both sides speak in turn, and at the same time`(transport: EchoServer.Transport) async throws {
        try await Self.run(transport) { _, client in
            try await client.bidirectional(Streams.talk, options: .init()) { requests, responses in
                for size in [0, 9, 70_000, 2_653, 58_979] {
                    try await requests.write(Self.message(byteCount: size))
                    #expect(try await responses.next()?.value.count == size)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for index in 0..<3_000 { try await requests.write(Self.message("\(index)", byteCount: 500)) }
                        try await requests.finish()
                    }
                    for index in 0..<3_000 { #expect(try await responses.next()?.type == "\(index)") }
                    try await group.waitForAll()
                }
                #expect(try await responses.next() == nil)
            }
        }
    }

    @Test func `many streams share a connection with unary calls`() async throws {
        try await Self.run { _, client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<20 {
                    group.addTask {
                        let request = Self.message("3000", byteCount: 100 + worker)
                        let count = try await client.serverStreaming(Streams.count, request, options: .init()) {
                            var count = 0
                            while try await $0.next() != nil { count += 1 }
                            return count
                        }
                        #expect(count == 100 + worker)
                    }
                    group.addTask {
                        for _ in 0..<50 {
                            _ = try await client.unary(Echo.echo, Self.message(byteCount: 1_000), options: .init())
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `messages before an error arrive, and then the error`() async throws {
        try await Self.run { _, client in
            let request = Self.message("x")
            try await client.serverStreaming(Streams.broken, request, options: .init()) { responses in
                let first = try await responses.next()
                #expect(first == request)
                let error = await #expect(throws: RPCError.self) { _ = try await responses.next() }
                #expect(error?.code == .dataLoss && error?.reason == "BROKEN")
            }
        }
    }

    @Test func `a server that has enough answers before the last request`() async throws {
        try await Self.run { _, client in
            let written = Atomic(0)
            let answer = try await client.clientStreaming(Streams.first, options: .init()) { requests in
                while true {
                    try await requests.write(Self.message("x", byteCount: 10_000))
                    written.add(1, ordering: .relaxed)
                }
            }
            #expect(answer.type == "x")
            #expect(written.load(ordering: .relaxed) >= 1)
        }
    }

    @Test func `a caller that leaves, fails or is cancelled stops the handler`() async throws {
        struct Enough: Error {}
        try await Self.run { server, client in
            let request = Self.message(byteCount: 5_000)
            try await client.serverStreaming(Streams.endless, request, options: .init()) { _ = try await $0.next() }
            await server.streams.stopped.next()
            await #expect(throws: Enough.self) {
                try await client.serverStreaming(Streams.endless, request, options: .init()) { _ in throw Enough() }
            }
            await server.streams.stopped.next()
            let started = Signal()
            let task = Task {
                try await client.serverStreaming(Streams.endless, request, options: .init()) { responses in
                    while try await responses.next() != nil { started.fire() }
                }
            }
            await started.next()
            task.cancel()
            let error = await #expect(throws: RPCError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            await server.streams.stopped.next()
        }
    }

    @Test func `a deadline ends a stream on both sides`() async throws {
        try await Self.run { server, client in
            let request = Self.message(byteCount: 100)
            let error = await #expect(throws: RPCError.self) {
                let options = CallOptions(timeout: .milliseconds(500))
                try await client.serverStreaming(Streams.endless, request, options: options) {
                    while try await $0.next() != nil {}
                }
            }
            #expect(error?.code == .deadlineExceeded)
            // A busy machine may let it pass before anything was sent.
            if error?.nothingWasSent == false { await server.streams.stopped.next() }
        }
    }

    @Test func `a lost connection fails the stream and stops the handler`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let error = await #expect(throws: RPCError.self) {
            try await client.serverStreaming(Streams.endless, Self.message(), options: .init()) { responses in
                _ = try await responses.next()
                client.abort()
                while try await responses.next() != nil {}
            }
        }
        #expect(error?.code == .unavailable && error?.nothingWasSent == false)
        await server.streams.stopped.next()
        await server.stop()
    }

    @Test func `a reader that does not read lets the sender send one window`() async throws {
        var settings = ClientConnection.Configuration()
        settings.settings.streamCreditBytes = 20_000
        let server = try await EchoServer.start()
        let client = try await server.connect(settings)
        let request = Self.message(byteCount: 968)
        try await client.serverStreaming(Streams.endless, request, options: .init()) { responses in
            _ = try await responses.next()
            // Everything that the window allows has been written when a later unary call is answered.
            for _ in 0..<50 { _ = try await client.unary(Echo.echo, Self.message(), options: .init()) }
            let written = server.streams.written.load(ordering: .relaxed)
            #expect(written <= 23, "20,000 bytes of credit and one message, and the one that was read")
        }
        await server.streams.stopped.next()
        await client.close()
        await server.stop()
    }

    @Test func `a writer that is cancelled does not wait for credit`() async throws {
        try await Self.run { server, client in
            let answer = try await client.clientStreaming(Streams.lazy, options: .init()) { requests in
                // Sooner or later there is no credit, and a cancellation meets the writer wherever it is by then.
                for round in 0..<400 {
                    let writer = Task { try await requests.write(Self.message(byteCount: 4_000)) }
                    for _ in 0..<(round % 8) { await Task.yield() }
                    writer.cancel()
                    _ = await writer.result
                }
                server.streams.gate.fire()
            }
            #expect(try #require(Int(answer.type)) < 400)
        }
    }

    @Test func `small messages that nobody reads cost no more than the window`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let service = server.streams
        let count = 6_000
        let answer = try await client.clientStreaming(Streams.lazy, options: .init()) { requests in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<count {
                        try await requests.write(Self.message(byteCount: 0))
                        service.written.add(1, ordering: .relaxed)
                    }
                }
                for _ in 0..<50 { _ = try await client.unary(Echo.echo, Self.message(), options: .init()) }
                // 64 KiB at 32 bytes a message.
                #expect(service.written.load(ordering: .relaxed) <= 2_049)
                service.gate.fire()
                try await group.waitForAll()
            }
        }
        #expect(answer.type == "\(count)")
        await client.close()
        await server.stop()
    }

    @Test func `a message larger than the peer takes is refused here and harms no other call`() async throws {
        try await Self.run { _, client in
            let error = await #expect(throws: RPCError.self) {
                try await client.clientStreaming(Streams.collect, options: .init()) { requests in
                    try await requests.write(Self.message(byteCount: 5 << 20))
                }
            }
            #expect(error?.code == .resourceExhausted)
            let large = Self.message("\(5 << 20)", byteCount: 1)
            let answer = await #expect(throws: RPCError.self) {
                try await client.serverStreaming(Streams.count, large, options: .init()) { _ = try await $0.next() }
            }
            #expect(answer?.code == .resourceExhausted)
            _ = try await client.unary(Echo.echo, Self.message(), options: .init())
        }
    }
}
