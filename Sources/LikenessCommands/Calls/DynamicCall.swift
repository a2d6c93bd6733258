package import LikenessMessages
package import LikenessReflection

/// A call of a method that is known by its descriptor only: JSON in, JSON out.
package struct DynamicCall: Sendable {
    private let method: RPCDescriptor
    private let descriptor: MethodDescriptor<RawMessage, RawMessage>
    private let input: MessageDescriptor
    private let output: MessageDescriptor
    private let transcoder: JSONTranscoder

    /// - Throws: `CommandFailure` when the contract lacks a type of the method.
    package init(
        _ method: RPCDescriptor,
        pool: DescriptorPool,
        options: JSONOptions = JSONOptions()
    ) throws(CommandFailure) {
        guard let input = pool.message(method.input), let output = pool.message(method.output) else {
            throw CommandFailure("the server's contract lacks the messages of \(method.fullName)", exitCode: 1)
        }
        self.method = method
        self.input = input
        self.output = output
        self.transcoder = JSONTranscoder(pool: pool, options: options)
        self.descriptor = MethodDescriptor(MethodInfo(method))
    }

    /// Sends every request, and prints every answer as it comes.
    package func run<Caller: MethodCaller>(
        on caller: Caller,
        options: Caller.Options,
        requests: JSONRequests,
        print: @escaping @Sendable (JSONNode) throws -> Void
    ) async throws {
        switch self.descriptor.info.kind {
        case .unary:
            let request = try await self.onlyRequest(of: requests)
            try print(self.json(of: try await caller.unary(self.descriptor, request, options: options)))
        case .clientStreaming:
            let response = try await caller.clientStreaming(self.descriptor, options: options) { writer in
                try await self.send(requests, to: writer)
            }
            try print(self.json(of: response))
        case .serverStreaming:
            let request = try await self.onlyRequest(of: requests)
            try await caller.serverStreaming(self.descriptor, request, options: options) { reader in
                while let response = try await reader.next() { try print(self.json(of: response)) }
            }
        case .bidirectional:
            try await caller.bidirectional(self.descriptor, options: options) { writer, reader in
                try await self.exchange(requests, writer, reader, print: print)
            }
        }
    }

    private func exchange(
        _ requests: JSONRequests,
        _ writer: any MessageWriter<RawMessage>,
        _ reader: any MessageReader<RawMessage>,
        print: @escaping @Sendable (JSONNode) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await self.send(requests, to: writer)
                    try await writer.finish()
                } catch let failure as CommandFailure {
                    throw failure
                } catch {
                    // The call is over: what the reader throws says why.
                }
                return false
            }
            group.addTask {
                while let response = try await reader.next() { try print(self.json(of: response)) }
                return true
            }
            // When the server has answered all it wants to, what is left to send does not matter.
            while let isAnswered = try await group.next(), !isAnswered {}
            group.cancelAll()
        }
    }

    private func send(_ requests: JSONRequests, to writer: any MessageWriter<RawMessage>) async throws {
        while let request = try await requests.next() { try await writer.write(try self.message(of: request)) }
    }

    /// The one request of a method that takes one; nothing given stands for `{}`.
    private func onlyRequest(of requests: JSONRequests) async throws -> RawMessage {
        let first = try await requests.next()
        guard try await requests.next() == nil else {
            throw CommandFailure("\(self.method.fullName) takes one request, and more were given", exitCode: 64)
        }
        return try self.message(of: first ?? .init(number: 1, text: Array("{}".utf8), start: .start))
    }

    private func message(of request: JSONRequests.Request) throws(CommandFailure) -> RawMessage {
        do {
            return RawMessage(try self.transcoder.bytes(ofJSON: request.text, from: request.start, as: self.input))
        } catch {
            let place = request.number > 1 ? "request \(request.number): " : ""
            throw CommandFailure("\(place)\(error)", exitCode: 64)
        }
    }

    private func json(of response: RawMessage) throws(CommandFailure) -> JSONNode {
        do {
            return try self.transcoder.json(of: response.bytes, as: self.output)
        } catch {
            throw CommandFailure("the answer cannot be printed as JSON: \(error)", exitCode: 1)
        }
    }
}

extension MethodInfo {
    /// A method as the server's contract describes it.
    init(_ method: RPCDescriptor) {
        let policy = MethodPolicy(method)
        let roles: [String: Role] = [
            "none": .none, "reader": .reader, "writer": .writer, "admin": .admin, "monitor": .monitor,
        ]
        self.init(
            service: method.service,
            name: method.name,
            kind: method.kind,
            requiredRole: policy.requiredRole.flatMap { roles[$0] } ?? .none,
            isIdempotent: policy.isIdempotent,
            hasNoSideEffects: policy.hasNoSideEffects,
            defaultTimeout: policy.defaultTimeout
        )
    }
}

extension RPCDescriptor {
    var kind: MethodKind {
        switch (self.clientStreams, self.serverStreams) {
        case (false, false): .unary
        case (true, false): .clientStreaming
        case (false, true): .serverStreaming
        case (true, true): .bidirectional
        }
    }
}
