internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// The calls of the interoperability cases.
struct InteropClient: Sendable {
    let service: InteropServiceClient<ClientConnection>
    let unserved: UnservedServiceClient<ClientConnection>

    static let sizesSent = [27_182, 8, 1_828, 45_904]
    static let sizesReceived: [UInt32] = [31_415, 9, 2_653, 58_979]

    init(_ connection: ClientConnection) {
        self.service = InteropServiceClient(caller: connection)
        self.unserved = UnservedServiceClient(caller: connection)
    }

    static func payload(_ size: Int) -> Payload { Payload(body: [UInt8](repeating: 0, count: size)) }

    /// - Throws: `InteropFailure` with what was observed unless the condition holds.
    static func expect(_ condition: Bool, _ observed: String) throws -> String {
        guard condition else { throw InteropFailure(description: observed) }
        return observed
    }

    /// The status that a call ends with.
    static func status<Result>(_ call: () async throws -> Result) async -> RPCError {
        do {
            _ = try await call()
            return RPCError(.ok, "")
        } catch let error as RPCError {
            return error
        } catch is CancellationError {
            return RPCError(.cancelled, "")
        } catch {
            return RPCError(.unknown, "\(error)")
        }
    }

    // MARK: One each way

    func emptyUnary() async throws -> String {
        let response = try await self.service.emptyCall(EmptyCallRequest(), options: .init())
        return try Self.expect(response == EmptyCallResponse(), "OK, empty")
    }

    private static let large = UnaryCallRequest(responseSize: 314_159, payload: Self.payload(271_828))

    func largeUnary() async throws -> String {
        let response = try await self.service.unaryCall(Self.large, options: .init())
        let size = response.payload?.body.count ?? 0
        return try Self.expect(size == 314_159, "OK, \(size) bytes")
    }

    func cacheableUnary() async throws -> String {
        let response = try await self.service.cacheableUnaryCall(
            CacheableUnaryCallRequest(responseSize: 314_159, payload: Self.payload(271_828)),
            options: .init()
        )
        let size = response.payload?.body.count ?? 0
        return try Self.expect(size == 314_159, "OK, \(size) bytes")
    }

    func clientCertificate() async throws -> String {
        let call = try await self.service.getCall(GetCallRequest(), options: .init())
        let isRight = call.certificateNames == ["URI:\(InteropCertificates.name(of: "admin"))"]
        let roles = call.roles.joined(separator: " ")
        return try Self.expect(
            isRight && call.roles.last == "admin",
            "\(call.certificateNames.joined(separator: " ")), roles \(roles)"
        )
    }

    func customMetadata() async throws -> String {
        let seen = Mutex(Metadata())
        var options = CallOptions(onTrailers: { trailers in seen.withLock { $0 = trailers } })
        options.metadata.add("x-interop-initial", "test_initial_metadata_value")
        options.metadata.add("x-interop-trailing-bin", [0xAB, 0xAB, 0xAB])
        let sent = options.metadata
        _ = try await self.service.unaryCall(Self.large, options: options)
        let trailers = seen.withLock { $0 }
        return try Self.expect(trailers == sent, "OK, \(trailers.entries.count) trailers")
    }

    // MARK: Errors

    func statusCodeAndMessage() async throws -> String {
        let wanted = EchoStatus(code: 2, message: "test status message")
        let unary = await Self.status {
            try await self.service.unaryCall(UnaryCallRequest(responseStatus: wanted), options: .init())
        }
        let stream = await Self.status {
            try await self.service.fullDuplexCall(options: .init()) { requests, responses in
                try await requests.write(FullDuplexCallRequest(responseStatus: wanted))
                try await requests.finish()
                while try await responses.next() != nil {}
            }
        }
        let isRight = [unary, stream].allSatisfy { $0.code == .unknown && $0.message == wanted.message }
        return try Self.expect(isRight, "\(unary); \(stream)")
    }

    func specialStatusMessage() async throws -> String {
        let text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
        let status = await Self.status {
            try await self.service.unaryCall(
                UnaryCallRequest(responseStatus: EchoStatus(code: 2, message: text)),
                options: .init()
            )
        }
        return try Self.expect(
            status.code == .unknown && Array(status.message.utf8) == Array(text.utf8),
            "\(status.code.name): \(status.message.debugDescription)"
        )
    }

    func unimplementedMethod() async throws -> String {
        let status = await Self.status {
            try await self.service.unimplementedCall(UnimplementedCallRequest(), options: .init())
        }
        return try Self.expect(status.code == .unimplemented, status.code.name)
    }

    func unimplementedService() async throws -> String {
        let status = await Self.status {
            try await self.unserved.unservedCall(UnservedCallRequest(), options: .init())
        }
        return try Self.expect(status.code == .unimplemented, status.code.name)
    }

    func timeoutOnSleepingServer() async throws -> String {
        let status = await Self.status {
            try await self.service.fullDuplexCall(options: .init(timeout: .milliseconds(100))) { requests, responses in
                while try await responses.next() != nil {}
                try await requests.finish()
            }
        }
        return try Self.expect(status.code == .deadlineExceeded, status.code.name)
    }
}
