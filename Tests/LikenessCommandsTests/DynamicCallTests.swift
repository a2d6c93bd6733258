import Foundation
import LikenessCommands
import LikenessMessages
import LikenessReflection
import Synchronization
import Testing

@Suite struct DynamicCallTests {
    /// A method of that kind, and the contract that has it.
    private static func method(clientStreams: Bool, serverStreams: Bool) throws -> (RPCDescriptor, DescriptorPool) {
        let proto = """
            syntax = "proto3";
            package t;
            message Item { string name = 1; int64 number = 2; }
            service Items { rpc Do(\(clientStreams ? "stream " : "")Item) returns (\(serverStreams ? "stream " : "")Item); }
            """
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try proto.write(to: folder.appending(path: "t.proto"), atomically: true, encoding: .utf8)
        let protoc = Process()
        protoc.executableURL = URL(filePath: "/usr/bin/env")
        protoc.arguments = ["protoc", "-I\(folder.path)", "--descriptor_set_out=\(folder.path)/t.bin", "t.proto"]
        try protoc.run()
        protoc.waitUntilExit()
        let set = Array(try Data(contentsOf: folder.appending(path: "t.bin")))
        let pool = try DescriptorPool(fileDescriptorSets: [set])
        return (try #require(pool.service("t.Items")?.method(named: "Do")), pool)
    }

    private static func lines(
        clientStreams: Bool,
        serverStreams: Bool,
        _ arguments: [String],
        caller: EchoCaller = EchoCaller()
    ) async throws -> [String] {
        let (method, pool) = try Self.method(clientStreams: clientStreams, serverStreams: serverStreams)
        let printed = Lines()
        try await DynamicCall(method, pool: pool).run(
            on: caller,
            options: "",
            requests: JSONRequests(arguments: arguments)
        ) { printed.add($0.text()) }
        return printed.all
    }

    @Test func `one request, one answer`() async throws {
        let call = { try await Self.lines(clientStreams: false, serverStreams: false, $0) }
        #expect(try await call([#"{"name":"a","number":5}"#]) == [#"{"name":"a","number":"5"}"#])
        #expect(try await call([]) == ["{}"])
        let many = await #expect(throws: CommandFailure.self) { try await call(["{}", "{}"]) }
        #expect(many?.exitCode == 64)
        let wrong = await #expect(throws: CommandFailure.self) { try await call([#"{"nam":1}"#]) }
        #expect(wrong?.description == #"nam: t.Item has no such field; did you mean "name"?"#)
    }

    @Test func `one request, many answers`() async throws {
        let lines = try await Self.lines(clientStreams: false, serverStreams: true, [#"{"name":"a"}"#])
        #expect(lines == Array(repeating: #"{"name":"a"}"#, count: 3))
    }

    @Test func `many requests, one answer: from arguments and files, JSON Lines or not`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString).jsonl")
        try "{\"name\":\"c\"}\n{\"name\":\n\"d\"}{\"name\":\"e\"}".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let arguments = [#"{"name":"a"} {"name":"b"}"#, "@\(file.path)", #"{"name":"f"}"#]
        let call = { try await Self.lines(clientStreams: true, serverStreams: false, $0) }
        #expect(try await call(arguments) == [#"{"name":"abcdef"}"#])
        #expect(try await call([]) == ["{}"])
        let wrong = await #expect(throws: CommandFailure.self) { try await call(["{}", #"{"name":1}"#]) }
        #expect(wrong?.description == "request 2: name: is a number; must be a text")
        try "{}\n{\"name\":\n\"d\",}".write(to: file, atomically: true, encoding: .utf8)
        let broken = await #expect(throws: CommandFailure.self) { try await call(["{}", "@\(file.path)"]) }
        #expect(broken?.description.hasPrefix("request 3: invalid JSON at line 3, column 5: ") == true)
        let missing = await #expect(throws: CommandFailure.self) { try await call(["@/no/such/file"]) }
        #expect(missing?.exitCode == 1)
    }

    @Test(.timeLimit(.minutes(10))) func `both ways: every request is answered as it goes`() async throws {
        let call = { try await Self.lines(clientStreams: true, serverStreams: true, $0) }
        let arguments = (1...200).map { #"{"number":\#($0)}"# }
        #expect(try await call(arguments) == (1...200).map { #"{"number":"\#($0)"}"# })
        let wrong = await #expect(throws: CommandFailure.self) { try await call(["{}", "{"]) }
        #expect(wrong?.description.hasPrefix("request 2: invalid JSON at line 1, column 2") == true)
    }

    @Test(.timeLimit(.minutes(10))) func `both ways: when the server is done, nobody waits for more requests`()
        async throws
    {
        // Nobody ever writes into the pipe.
        let path = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString)").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let end = open(path, O_RDWR)
        defer { close(end) }
        let caller = EchoCaller(answersAtMost: 1)
        let lines = try await Self.lines(
            clientStreams: true,
            serverStreams: true,
            [#"{"number":1}"#, "@\(path)"],
            caller: caller
        )
        #expect(lines == [#"{"number":"1"}"#])
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
    var all: [String] { self.lines.withLock { $0 } }
}

/// Answers what it gets: unary once, streams joined or one by one, a streamed answer three times.
private struct EchoCaller: MethodCaller {
    typealias Options = String
    /// Of a call with streams both ways.
    var answersAtMost = Int.max

    private final class Queue<Element: Message>: MessageWriter, MessageReader {
        private let stream: AsyncStream<Element>
        private let continuation: AsyncStream<Element>.Continuation

        init() { (self.stream, self.continuation) = AsyncStream.makeStream() }

        func write(_ message: Element) async throws { self.continuation.yield(message) }
        func finish() async throws { self.continuation.finish() }
        func next() async throws -> Element? {
            for await element in self.stream { return element }
            return nil
        }
    }

    private func convert<From: Message, To: Message>(_ message: From, to type: To.Type) throws -> To {
        try To(decoding: message.encodedBytes())
    }

    func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: String
    ) async throws -> Response { try self.convert(request, to: Response.self) }

    /// The names of all requests, one behind the other; requests have a name and nothing else.
    func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: String,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response {
        let queue = Queue<Request>()
        try await requests(queue)
        try await queue.finish()
        var name: [UInt8] = []
        while let request = try await queue.next() { name += try request.encodedBytes().dropFirst(2) }
        return try Response(decoding: name.isEmpty ? [] : [0x0A, UInt8(name.count)] + name)
    }

    func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: String,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        let queue = Queue<Response>()
        for _ in 0..<3 { try await queue.write(try self.convert(request, to: Response.self)) }
        try await queue.finish()
        return try await responses(queue)
    }

    func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: String,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        let (requests, responses) = (Queue<Request>(), Queue<Response>())
        let answering = Task {
            var count = 0
            while count < self.answersAtMost, let request = try await requests.next() {
                try await responses.write(try self.convert(request, to: Response.self))
                count += 1
            }
            try await responses.finish()
        }
        defer { answering.cancel() }
        return try await body(requests, responses)
    }
}
