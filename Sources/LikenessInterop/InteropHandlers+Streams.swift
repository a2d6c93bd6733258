package import LikenessMessages
package import LikenessRPC

extension InteropHandlers {
    package func streamingInputCall(
        _ requests: any MessageReader<StreamingInputCallRequest>,
        context: ServerContext
    ) async throws -> StreamingInputCallResponse {
        try await self.activity.counting {
            var size = 0
            while let request = try await requests.next() { size += request.payload?.body.count ?? 0 }
            return StreamingInputCallResponse(aggregatedPayloadSize: UInt64(size))
        }
    }

    package func streamingOutputCall(
        _ request: StreamingOutputCallRequest,
        _ responses: any MessageWriter<StreamingOutputCallResponse>,
        context: ServerContext
    ) async throws {
        try await self.activity.counting {
            for _ in 0..<max(1, request.repetitions) {
                for parameters in request.responseParameters {
                    try await Self.pause(parameters)
                    try await responses.write(StreamingOutputCallResponse(payload: Self.payload(parameters.size)))
                }
            }
            try Self.check(request.responseStatus)
        }
    }

    package func fullDuplexCall(
        _ requests: any MessageReader<FullDuplexCallRequest>,
        _ responses: any MessageWriter<FullDuplexCallResponse>,
        context: ServerContext
    ) async throws {
        try await self.activity.counting {
            while let request = try await requests.next() {
                for parameters in request.responseParameters {
                    try await Self.pause(parameters)
                    try await responses.write(FullDuplexCallResponse(payload: Self.payload(parameters.size)))
                }
                try Self.check(request.responseStatus)
            }
        }
    }

    package func halfDuplexCall(
        _ requests: any MessageReader<HalfDuplexCallRequest>,
        _ responses: any MessageWriter<HalfDuplexCallResponse>,
        context: ServerContext
    ) async throws {
        try await self.activity.counting {
            var wanted: [ResponseParameters] = []
            while let request = try await requests.next() { wanted += request.responseParameters }
            for parameters in wanted {
                try await Self.pause(parameters)
                try await responses.write(HalfDuplexCallResponse(payload: Self.payload(parameters.size)))
            }
        }
    }

    package func drainSlowly(
        _ requests: any MessageReader<DrainSlowlyRequest>,
        context: ServerContext
    ) async throws -> DrainSlowlyResponse {
        try await self.activity.counting {
            var response = DrainSlowlyResponse()
            while let request = try await requests.next() {
                response.messageCount += 1
                response.aggregatedPayloadSize += UInt64(request.payload?.body.count ?? 0)
                if request.pauseMs > 0 { try await Task.sleep(for: .milliseconds(Int64(request.pauseMs))) }
            }
            return response
        }
    }

    private static func pause(_ parameters: ResponseParameters) async throws {
        guard parameters.intervalUs > 0 else { return }
        try await Task.sleep(for: .microseconds(Int64(parameters.intervalUs)))
    }
}
