internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// Cases of the protocol's own rules: credit, places, leaving.
extension InteropClient {
    /// Server streams one after the other on one connection, each with so many messages of 1,000 bytes.
    func shortStreams(count: Int, messages: Int) async throws -> String {
        let request = StreamingOutputCallRequest(
            responseParameters: Array(repeating: ResponseParameters(size: 1_000), count: messages)
        )
        var bytes = 0
        for _ in 0..<count {
            bytes += try await self.service.streamingOutputCall(request, options: .init()) { responses in
                var bytes = 0
                while let response = try await responses.next() { bytes += response.payload?.body.count ?? 0 }
                return bytes
            }
        }
        return try Self.expect(bytes == count * messages * 1_000, "OK, \(bytes) bytes of \(count) streams")
    }

    /// Says that no more messages come while a message of 70,000 bytes lies unread: the credit is below zero.
    func lastWithoutCredit() async throws -> String {
        let response = try await self.service.drainSlowly(options: .init()) { requests in
            try await requests.write(DrainSlowlyRequest(pauseMs: 3_000))
            try await requests.write(DrainSlowlyRequest(payload: Self.payload(70_000)))
        }
        return try Self.expect(
            response.messageCount == 2 && response.aggregatedPayloadSize == 70_000,
            "OK, \(response.messageCount) messages"
        )
    }

    /// Cancels 100 calls, all that may be open, and makes 100 others in the same breath.
    func cancelAndCallBurst() async throws -> String {
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let hanging = (0..<100).map { _ in
            Task {
                await Self.status {
                    try await self.service.fullDuplexCall(options: .init()) { requests, responses in
                        try await requests.write(
                            FullDuplexCallRequest(responseParameters: [ResponseParameters(size: 1)])
                        )
                        _ = try await responses.next()
                        open.yield()
                        _ = try await responses.next()
                    }
                }
            }
        }
        var count = 0
        for await _ in opened {
            count += 1
            if count == hanging.count { break }
        }
        for call in hanging { call.cancel() }
        for call in hanging { _ = await call.value }
        let codes = await withTaskGroup(of: StatusCode.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await Self.status { try await self.service.emptyCall(EmptyCallRequest(), options: .init()) }.code
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let answered = codes.count { $0 == .ok }
        return try Self.expect(answered == 100, "100 cancelled, \(answered) of 100 answered")
    }

    /// Makes calls all the while one of 1.5 s runs. Its connection is asked to end meanwhile: the call is answered, the
    /// others go on elsewhere.
    func goaway(connect: @escaping @Sendable () async throws -> ClientConnection) async throws -> String {
        let isOver = Mutex(false)
        let long = Task {
            defer { isOver.withLock { $0 = true } }
            return await Self.status {
                do {
                    return try await self.service.sleep(SleepRequest(durationMs: 1_500), options: .init())
                } catch let error as RPCError where error.code == .unavailable && error.nothingWasSent {
                    // The connection was old before the call began.
                    let fresh = try await connect()
                    let answer = try await InteropServiceClient(caller: fresh)
                        .sleep(SleepRequest(durationMs: 1_500), options: .init())
                    await fresh.close()
                    return answer
                }
            }
        }
        var (others, service): ([ClientConnection], InteropServiceClient<ClientConnection>) = ([], self.service)
        var answered = 0
        while !isOver.withLock({ $0 }) {
            do {
                _ = try await service.emptyCall(EmptyCallRequest(), options: .init())
                answered += 1
            } catch let error as RPCError where error.code == .unavailable && error.nothingWasSent {
                others.append(try await connect())
                service = InteropServiceClient(caller: others[others.count - 1])
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let status = await long.value
        for connection in others { await connection.close() }
        return try Self.expect(
            status.code == .ok && !others.isEmpty && answered > 0,
            "the long call \(status.code.name), \(answered) others over \(1 + others.count) connections"
        )
    }
}
