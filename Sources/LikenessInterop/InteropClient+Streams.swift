internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire

extension InteropClient {
    func clientStreaming() async throws -> String {
        let response = try await self.service.streamingInputCall(options: .init()) { requests in
            for size in Self.sizesSent {
                try await requests.write(StreamingInputCallRequest(payload: Self.payload(size)))
            }
        }
        return try Self.expect(response.aggregatedPayloadSize == 74_922, "OK, \(response.aggregatedPayloadSize)")
    }

    func serverStreaming() async throws -> String {
        let request = StreamingOutputCallRequest(
            responseParameters: Self.sizesReceived.map { ResponseParameters(size: $0) }
        )
        let sizes = try await self.service.streamingOutputCall(request, options: .init()) { responses in
            var sizes: [UInt32] = []
            while let response = try await responses.next() { sizes.append(Self.size(response.payload)) }
            return sizes
        }
        return try Self.expect(sizes == Self.sizesReceived, "OK, \(sizes)")
    }

    func pingPong() async throws -> String {
        let (sizes, isOver) = try await self.service.fullDuplexCall(options: .init()) { requests, responses in
            var sizes: [UInt32] = []
            for (send, receive) in zip(Self.sizesSent, Self.sizesReceived) {
                try await requests.write(
                    FullDuplexCallRequest(
                        responseParameters: [ResponseParameters(size: receive)],
                        payload: Self.payload(send)
                    )
                )
                sizes.append(Self.size(try await responses.next()?.payload))
            }
            try await requests.finish()
            return (sizes, try await responses.next() == nil)
        }
        return try Self.expect(sizes == Self.sizesReceived && isOver, "OK, \(sizes) in turn")
    }

    func halfDuplex() async throws -> String {
        let sizes = try await self.service.halfDuplexCall(options: .init()) { requests, responses in
            for size in Self.sizesReceived {
                try await requests.write(HalfDuplexCallRequest(responseParameters: [ResponseParameters(size: size)]))
            }
            try await requests.finish()
            var sizes: [UInt32] = []
            while let response = try await responses.next() { sizes.append(Self.size(response.payload)) }
            return sizes
        }
        return try Self.expect(sizes == Self.sizesReceived, "OK, \(sizes)")
    }

    func emptyStream() async throws -> String {
        let count = try await self.service.fullDuplexCall(options: .init()) { requests, responses in
            try await requests.finish()
            var count = 0
            while try await responses.next() != nil { count += 1 }
            return count
        }
        return try Self.expect(count == 0, "OK, \(count) messages")
    }

    /// What is larger than the server takes is refused here, and the other streams of the connection go on.
    func oversizedRequest() async throws -> String {
        let service = self.service
        let (code, sizes) = try await service.fullDuplexCall(options: .init()) { requests, responses in
            func answer(_ size: UInt32) async throws -> UInt32 {
                try await requests.write(FullDuplexCallRequest(responseParameters: [ResponseParameters(size: size)]))
                return Self.size(try await responses.next()?.payload)
            }
            let first = try await answer(9)
            let status = await Self.status {
                try await service.unaryCall(UnaryCallRequest(payload: Self.payload(4 << 20)), options: .init())
            }
            let second = try await answer(2_653)
            try await requests.finish()
            while try await responses.next() != nil {}
            return (status.nothingWasSent ? status.code.name : "sent", [first, second])
        }
        return try Self.expect(
            code == "RESOURCE_EXHAUSTED" && sizes == [9, 2_653],
            "\(code) here; the other stream: \(sizes)"
        )
    }

    func cancelAfterBegin() async throws -> String {
        let (begun, begins) = AsyncStream.makeStream(of: Void.self)
        let call = Task {
            defer { begins.finish() }
            return await Self.status {
                try await self.service.streamingInputCall(options: .init()) { _ in
                    begins.finish()
                    try await Task.sleep(for: .seconds(30))
                }
            }
        }
        for await _ in begun {}
        call.cancel()
        let status = await call.value
        return try Self.expect(status.code == .cancelled, status.code.name)
    }

    func cancelAfterFirstResponse() async throws -> String {
        let (answered, answers) = AsyncStream.makeStream(of: UInt32.self)
        let call = Task {
            await Self.status {
                defer { answers.finish() }
                try await self.service.fullDuplexCall(options: .init()) { requests, responses in
                    try await requests.write(
                        FullDuplexCallRequest(
                            responseParameters: [ResponseParameters(size: 31_415)],
                            payload: Self.payload(27_182)
                        )
                    )
                    answers.yield(Self.size(try await responses.next()?.payload))
                    _ = try await responses.next()
                }
            }
        }
        var first: UInt32 = 0
        for await size in answered {
            first = size
            call.cancel()
        }
        let status = await call.value
        return try Self.expect(
            status.code == .cancelled && first == 31_415,
            "\(first) bytes, then \(status.code.name)"
        )
    }

    private static func size(_ payload: Payload?) -> UInt32 { UInt32(payload?.body.count ?? 0) }
}
