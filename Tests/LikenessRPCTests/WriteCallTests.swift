import Glibc
import LikenessMessages
import LikenessWire
import Synchronization
import Testing

@testable import LikenessRPC

/// Calls of methods that change something: what their handlers return is what is answered and recorded.
@Suite struct WriteCallTests {
    private static func write(_ name: String, timeout: Duration? = nil) -> MethodDescriptor<
        RPCStatusDetail, RPCStatusDetail
    > {
        MethodDescriptor(
            MethodInfo(
                service: "test.v1.WriteService",
                name: name,
                kind: .unary,
                requiredRole: .none,
                isIdempotent: false,
                hasNoSideEffects: false,
                defaultTimeout: timeout
            )
        )
    }

    /// Goes on when it is cancelled, as one does whose COMMIT is under way.
    private static let commits = Self.write("Commits")
    private static let commitsLate = Self.write("CommitsLate", timeout: .milliseconds(50))
    /// Ends when it is cancelled, as one does that has not sent COMMIT.
    private static let undoesLate = Self.write("UndoesLate", timeout: .milliseconds(50))

    private struct Service {
        let begun = Signal()
        let cancelled = Signal()
        let goesOn = Signal()

        func wait() async {
            self.begun.fire()
            let stopped = Signal()
            await withTaskCancellationHandler {
                await stopped.next()
            } onCancel: {
                stopped.fire()
            }
            self.cancelled.fire()
        }

        var router: MethodRouter {
            var router = MethodRouter()
            for method in [WriteCallTests.commits, WriteCallTests.commitsLate] {
                router.unary(method) { request, _ in
                    await self.wait()
                    await self.goesOn.next()
                    return request
                }
            }
            router.unary(WriteCallTests.undoesLate) { _, _ in
                await self.wait()
                throw CancellationError()
            }
            return router
        }
    }

    @Test func `a write that went through although its caller cancelled is recorded as done`() async throws {
        let (service, observer) = (Service(), RecordingObserver())
        let server = try await EchoServer.start(router: service.router, observer: observer)
        let client = try await server.connect()
        let call = Task { try await client.unary(Self.commits, UnaryCallTests.message(), options: .init()) }
        await service.begun.next()
        call.cancel()
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .cancelled)
        await service.cancelled.next()
        service.goesOn.fire()
        await observer.ended.next()
        await client.close()
        await server.stop()
        #expect(observer.seen.withLock { $0 }.map(\.code) == [.ok])
    }

    @Test func `a write that went through although its connection broke is recorded as done`() async throws {
        let (service, observer) = (Service(), RecordingObserver())
        let server = try await EchoServer.start(router: service.router, observer: observer)
        let client = try await server.connect()
        let call = Task { try? await client.unary(Self.commits, UnaryCallTests.message(), options: .init()) }
        await service.begun.next()
        client.abort()
        await service.cancelled.next()
        service.goesOn.fire()
        _ = await call.value
        await observer.ended.next()
        await server.stop()
        #expect(observer.seen.withLock { $0 }.map(\.code) == [.ok])
    }

    @Test func `a server that stops waits for a write whose connection broke, and for its record`() async throws {
        let (service, observer) = (Service(), RecordingObserver())
        let server = try await EchoServer.start(router: service.router, observer: observer)
        let client = try await server.connect()
        let call = Task { try? await client.unary(Self.commits, UnaryCallTests.message(), options: .init()) }
        await service.begun.next()
        client.abort()
        await service.cancelled.next()
        let stopping = Task {
            await server.server.shutDown(within: .seconds(60))
            return observer.seen.withLock { $0 }.map(\.code)
        }
        // No connection is left and none is taken: what still keeps the server is the handler.
        _ = await #expect(throws: RPCError.self) {
            while true { await (try server.connect()).close() }
        }
        while server.server.connectionCount > 0 { await Task.yield() }
        service.goesOn.fire()
        #expect(await stopping.value == [.ok])
        _ = await call.value
    }

    @Test(arguments: [true, false])
    func `a server that stops gives up a handler that does not end`(isAbandoned: Bool) async throws {
        var configuration = EchoServer.patient
        configuration.cancelledHandlersTime = .milliseconds(50)
        let (service, observer) = (Service(), RecordingObserver())
        let server = try await EchoServer.start(
            configuration: configuration,
            router: service.router,
            observer: observer
        )
        let client = try await server.connect()
        let call = Task { try? await client.unary(Self.commits, UnaryCallTests.message(), options: .init()) }
        await service.begun.next()
        if isAbandoned {
            client.abort()
            await service.cancelled.next()
        }
        await server.server.shutDown(within: .milliseconds(50))
        #expect(observer.seen.withLock { $0 }.isEmpty)
        // It is recorded all the same, if the process lives that long.
        service.goesOn.fire()
        await observer.ended.next()
        _ = await call.value
    }

    @Test func `at its deadline a write is cancelled, and answered with what became of it`() async throws {
        let (service, observer) = (Service(), RecordingObserver())
        let server = try await EchoServer.start(router: service.router, observer: observer)
        let client = try await server.connect()
        service.goesOn.fire()
        // The deadline is the server's own: the client waits.
        #expect(
            try await client.unary(Self.write("CommitsLate"), UnaryCallTests.message(), options: .init())
                == UnaryCallTests.message()
        )
        let error = await #expect(throws: RPCError.self) {
            try await client.unary(Self.write("UndoesLate"), UnaryCallTests.message(), options: .init())
        }
        #expect(error?.code == .deadlineExceeded && error?.reason == "DEADLINE_EXCEEDED")
        await client.close()
        await server.stop()
        #expect(observer.seen.withLock { $0 }.map(\.code) == [.ok, .deadlineExceeded])
    }

    @Test func `a read whose caller has gone is recorded as cancelled`() async throws {
        let observer = RecordingObserver()
        let server = try await EchoServer.start(observer: observer)
        let client = try await server.connect()
        let call = Task { try await client.unary(Echo.hang, UnaryCallTests.message(), options: .init()) }
        await server.service.hanging.next()
        call.cancel()
        _ = await call.result
        await server.service.cancelled.next()
        await client.close()
        await server.stop()
        #expect(observer.seen.withLock { $0 }.map(\.code) == [.cancelled])
    }

    // MARK: The budget for answers

    @Test func `large answers take turns in the server's budget`() async throws {
        let budget = AnswerBudget(bytesMax: 100)
        #expect(budget.reserve(60) && budget.reserve(40) && !budget.reserve(1))
        #expect(budget.bytesUsed == 100)
        budget.release(60)
        #expect(budget.reserve(60))
        budget.release(100)
        // One answer always has room.
        #expect(budget.reserve(1_000) && !budget.reserve(1))
        budget.release(1_000)
        #expect(budget.bytesUsed == 0)
    }

    @Test func `the last report of the budget is its state`() async {
        let told = Mutex(0)
        let budget = AnswerBudget(bytesMax: 100) { bytes in
            // Whoever could overtake does so now.
            sched_yield()
            told.withLock { $0 = bytes }
        }
        for _ in 0..<100 {
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<100 where budget.reserve(10) { budget.release(10) }
                    }
                }
            }
            #expect(told.withLock { $0 } == budget.bytesUsed)
        }
    }

    @Test(arguments: EchoServer.Transport.allCases)
    func `the budget is whole again when answers were read`(transport: EchoServer.Transport) async throws {
        var configuration = EchoServer.patient
        configuration.answerBytesMax = 1 << 20
        let server = try await EchoServer.start(transport, configuration: configuration)
        let client = try await server.connect()
        for _ in 0..<8 {
            let answer = try await client.unary(Echo.inflate, RPCStatusDetail(type: "900000"), options: .init())
            #expect(answer.value.count == 900_000)
        }
        await client.close()
        await server.stop()
        #expect(server.server.answers.bytesUsed == 0)
    }

    @Test func `an answer beyond the budget is refused with a time to come back`() async throws {
        var configuration = EchoServer.patient
        configuration.answerBytesMax = 1 << 20
        let server = try await EchoServer.start(configuration: configuration)
        let client = try await server.connect()
        #expect(server.server.answers.reserve(1 << 20))
        let error = await #expect(throws: RPCError.self) {
            try await client.unary(Echo.inflate, RPCStatusDetail(type: "100000"), options: .init())
        }
        #expect(error?.code == .resourceExhausted && error?.reason == "ANSWERS_EXHAUSTED")
        #expect(error?.details.contains { $0.type == RPCRetryInfo.fullName } == true)
        // Small ones go on.
        #expect(
            try await client.unary(Echo.echo, UnaryCallTests.message(), options: .init()) == UnaryCallTests.message()
        )
        server.server.answers.release(1 << 20)
        #expect(
            try await client.unary(Echo.inflate, RPCStatusDetail(type: "100000"), options: .init()).value.count
                == 100_000
        )
        await client.close()
        await server.stop()
    }

    @Test func `an answer beyond the client's frames costs no more than them`() async throws {
        let server = try await EchoServer.start()
        var small = ClientConnection.Configuration()
        small.settings.frameBytesMax = 16 << 10
        let client = try await server.connect(small)
        let error = await #expect(throws: RPCError.self) {
            try await client.unary(Echo.inflate, RPCStatusDetail(type: "16384"), options: .init())
        }
        #expect(error?.reason == "ANSWER_TOO_LARGE")
        #expect(
            try await client.unary(Echo.inflate, RPCStatusDetail(type: "16000"), options: .init()).value.count == 16_000
        )
        await client.close()
        await server.stop()
        #expect(server.server.answers.bytesUsed == 0)
    }
}
