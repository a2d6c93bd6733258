import LikenessMessages
import Testing

/// Generated stubs: what the contract says of each method, and that each reaches the function it names.
@Suite struct ServiceStubTests {
    @Test func `methods carry the contract's policy`() {
        let methods = ShapeServiceMethods.all
        #expect(
            methods.map(\.fullName)
                == ["GetScalars", "CollectScalars", "ListScalars", "ExchangeScalars"].map {
                    "likeness.test.v1.ShapeService/\($0)"
                }
        )
        #expect(methods.map(\.kind) == [.unary, .clientStreaming, .serverStreaming, .bidirectional])
        #expect(methods.map(\.requiredRole) == [.reader, .writer, .admin, .none])
        #expect(methods.map(\.isIdempotent) == [true, false, true, false])
        #expect(methods.map(\.hasNoSideEffects) == [true, false, false, false])
        #expect(methods.map(\.defaultTimeout) == [.milliseconds(1_500), nil, nil, nil])
    }

    @Test func `the contract lists every method and message once`() {
        for service in [
            SearchServiceMethods.all, SavedSearchServiceMethods.all, ProfileServiceMethods.all, AdminServiceMethods.all,
            HealthServiceMethods.all,
        ] {
            #expect(Contract.methods.filter { $0.service == service.first?.service } == service)
        }
        #expect(Set(Contract.methods.map(\.fullName)).count == Contract.methods.count)
        #expect(Set(Contract.messages.map { $0.fullName }).count == Contract.messages.count)
        #expect(Contract.messages.contains { $0 == QueryRequest.self })
    }

    @Test func `a raw message is its bytes, whatever they are`() throws {
        let bytes: [UInt8] = [0xFF, 0x00, 0x07]
        #expect(try RawMessage(decoding: bytes).bytes == bytes)
        #expect(try RawMessage(bytes).encodedBytes() == bytes)
        #expect(try RawMessage().encodedBytes().isEmpty)
        let request = RPCWatchRequest(service: "a")
        #expect(try RPCWatchRequest(decoding: RawMessage(request.encodedBytes()).encodedBytes()) == request)
    }

    @Test func `a call goes from the client stub through caller and registrar to the provider and back`() async throws {
        var methods = LocalMethods()
        Shapes().register(in: &methods)
        #expect(methods.names == ShapeServiceMethods.all.map(\.name))
        let client = ShapeServiceClient(caller: methods)

        #expect(try await client.getScalars(Nothing(), options: "option") == Scalars(stringValue: "option"))
        let collected = try await client.collectScalars(options: "") { writer in
            for number in 1...3 { try await writer.write(Scalars(int32Value: Int32(number))) }
        }
        #expect(collected.scalars.map(\.int32Value) == [1, 2, 3])
        let listed = try await client.listScalars(Lists(int32Values: [4, 5]), options: "") { reader in
            var found: [Int32] = []
            while let scalars = try await reader.next() { found.append(scalars.int32Value) }
            return found
        }
        #expect(listed == [4, 5])
        let exchanged = try await client.exchangeScalars(options: "") { writer, reader in
            var found: [Int32] = []
            for number in 1...3 {
                try await writer.write(Scalars(int32Value: Int32(number)))
                if let scalars = try await reader.next() { found.append(scalars.int32Value) }
            }
            try await writer.finish()
            while let scalars = try await reader.next() { found.append(scalars.int32Value) }
            return found
        }
        #expect(exchanged == [10, 20, 30])
    }
}

private struct Shapes: ShapeServiceProvider {
    func getScalars(_ request: Nothing, context: String) async throws -> Scalars { Scalars(stringValue: context) }

    func collectScalars(_ requests: any MessageReader<Scalars>, context: String) async throws -> Lists {
        var lists = Lists()
        while let scalars = try await requests.next() { lists.scalars.append(scalars) }
        return lists
    }

    func listScalars(_ request: Lists, _ responses: any MessageWriter<Scalars>, context: String) async throws {
        for number in request.int32Values { try await responses.write(Scalars(int32Value: number)) }
    }

    func exchangeScalars(
        _ requests: any MessageReader<Scalars>,
        _ responses: any MessageWriter<Scalars>,
        context: String
    ) async throws {
        while let scalars = try await requests.next() {
            try await responses.write(Scalars(int32Value: scalars.int32Value * 10))
        }
    }
}

/// Carries calls to registered functions inside this process, messages as bytes.
private struct LocalMethods: MethodRegistrar, MethodCaller {
    typealias Context = String
    typealias Options = String

    private typealias Answer = @Sendable (MessageQueue, MessageQueue, String) async throws -> Void
    private var answers: [String: Answer] = [:]
    private(set) var names: [String] = []

    private mutating func add(_ info: MethodInfo, _ answer: @escaping Answer) {
        self.answers[info.fullName] = answer
        self.names.append(info.name)
    }

    // MARK: Registering

    mutating func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, String) async throws -> Response
    ) {
        self.add(method.info) { requests, responses, context in
            let first = try await requests.read(Request.self)
            let request = try #require(first)
            try await responses.write(handler(request, context))
        }
    }

    mutating func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (any MessageReader<Request>, String) async throws -> Response
    ) {
        self.add(method.info) { requests, responses, context in
            try await responses.write(handler(Reader(queue: requests), context))
        }
    }

    mutating func serverStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler: @escaping @Sendable (Request, any MessageWriter<Response>, String) async throws -> Void
    ) {
        self.add(method.info) { requests, responses, context in
            let first = try await requests.read(Request.self)
            let request = try #require(first)
            try await handler(request, Writer(queue: responses), context)
        }
    }

    mutating func bidirectional<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ handler:
            @escaping @Sendable (any MessageReader<Request>, any MessageWriter<Response>, String) async throws -> Void
    ) {
        self.add(method.info) { requests, responses, context in
            try await handler(Reader(queue: requests), Writer(queue: responses), context)
        }
    }

    // MARK: Calling

    func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: String
    ) async throws -> Response {
        try await self.clientStreaming(method, options: options) { try await $0.write(request) }
    }

    func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: String,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response {
        let response = try await self.bidirectional(method, options: options) { writer, reader -> Response? in
            try await requests(writer)
            try await writer.finish()
            return try await reader.next()
        }
        return try #require(response)
    }

    func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: String,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        try await self.bidirectional(method, options: options) { writer, reader in
            try await writer.write(request)
            return try await responses(reader)
        }
    }

    func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: String,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        let answer = try #require(self.answers[method.info.fullName])
        let (requests, responses) = (MessageQueue(), MessageQueue())
        async let answering: Void = {
            try await answer(requests, responses, options)
            await responses.end()
        }()
        let result = try await body(Writer(queue: requests), Reader(queue: responses))
        await requests.end()
        try await answering
        return result
    }
}

/// Encoded messages on their way from one side to the other.
private actor MessageQueue {
    private var messages: [[UInt8]] = []
    private var hasEnded = false
    private var waiting: CheckedContinuation<Void, Never>?

    func write(_ message: some Message) throws {
        self.messages.append(try message.encodedBytes())
        self.waiting?.resume()
        self.waiting = nil
    }

    func end() {
        self.hasEnded = true
        self.waiting?.resume()
        self.waiting = nil
    }

    func read<Element: Message>(_ type: Element.Type) async throws -> Element? {
        while self.messages.isEmpty && !self.hasEnded { await withCheckedContinuation { self.waiting = $0 } }
        return self.messages.isEmpty ? nil : try Element(decoding: self.messages.removeFirst())
    }
}

private struct Reader<Element: Message>: MessageReader {
    let queue: MessageQueue
    func next() async throws -> Element? { try await self.queue.read(Element.self) }
}

private struct Writer<Element: Message>: MessageWriter {
    let queue: MessageQueue
    func write(_ message: Element) async throws { try await self.queue.write(message) }
    func finish() async throws { await self.queue.end() }
}
