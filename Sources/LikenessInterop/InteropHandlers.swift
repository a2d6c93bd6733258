package import LikenessMessages
package import LikenessRPC
internal import LikenessTLS
internal import LikenessWire

/// Answers the methods of `likeness.interop.v1.InteropService`.
package struct InteropHandlers: InteropServiceProvider {
    package typealias Context = ServerContext

    let activity: InteropActivity

    package init(activity: InteropActivity = InteropActivity()) { self.activity = activity }

    // MARK: One each way

    package func emptyCall(_ request: EmptyCallRequest, context: ServerContext) async throws -> EmptyCallResponse {
        try await self.activity.counting { EmptyCallResponse() }
    }

    package func unaryCall(_ request: UnaryCallRequest, context: ServerContext) async throws -> UnaryCallResponse {
        try await self.activity.counting {
            Self.echoMetadata(context)
            try Self.check(request.responseStatus)
            return UnaryCallResponse(payload: Self.payload(request.responseSize))
        }
    }

    package func cacheableUnaryCall(
        _ request: CacheableUnaryCallRequest,
        context: ServerContext
    ) async throws -> CacheableUnaryCallResponse {
        try await self.activity.counting {
            CacheableUnaryCallResponse(payload: Self.payload(request.responseSize))
        }
    }

    package func unimplementedCall(
        _ request: UnimplementedCallRequest,
        context: ServerContext
    ) async throws -> UnimplementedCallResponse {
        throw RPCError(.unimplemented, reason: "UNIMPLEMENTED", "this method is not implemented")
    }

    package func echo(_ request: EchoRequest, context: ServerContext) async throws -> EchoResponse {
        EchoResponse(values: request.values)
    }

    package func sleep(_ request: SleepRequest, context: ServerContext) async throws -> SleepResponse {
        try await self.activity.counting {
            let duration = Duration.milliseconds(Int64(request.durationMs))
            if request.ignoresCancellation {
                await Task { try? await Task.sleep(for: duration) }.value
            } else {
                try await Task.sleep(for: duration)
            }
            return SleepResponse()
        }
    }

    package func decode(_ request: DecodeRequest, context: ServerContext) async throws -> DecodeResponse {
        DecodeResponse(shape: request.shape)
    }

    // MARK: What the server knows

    package func getCall(_ request: GetCallRequest, context: ServerContext) async throws -> GetCallResponse {
        let certificate = context.peer.certificate
        let names =
            (certificate?.uriNames ?? []).map { "URI:\($0)" } + (certificate?.dnsNames ?? []).map { "DNS:\($0)" }
        return GetCallResponse(
            metadata: context.metadata.entries.map { MetadataEntry(key: $0.key, value: $0.value) },
            remainingUs: context.remainingTime.map { Int64($0 / .microseconds(1)) } ?? -1,
            certificateNames: names,
            roles: context.roles.sorted().map { "\($0)" }
        )
    }

    package func getActivity(
        _ request: GetActivityRequest,
        context: ServerContext
    ) async throws -> GetActivityResponse {
        self.activity.now
    }

    // MARK: Roles

    package func readerCall(_ request: ReaderCallRequest, context: ServerContext) async throws -> ReaderCallResponse {
        try await self.activity.counting { ReaderCallResponse() }
    }

    package func writerCall(_ request: WriterCallRequest, context: ServerContext) async throws -> WriterCallResponse {
        try await self.activity.counting { WriterCallResponse() }
    }

    package func adminCall(
        _ requests: any MessageReader<AdminCallRequest>,
        _ responses: any MessageWriter<AdminCallResponse>,
        context: ServerContext
    ) async throws {
        try await self.activity.counting {
            while try await requests.next() != nil { try await responses.write(AdminCallResponse()) }
        }
    }

    // MARK: Answers

    static func payload(_ size: UInt32) -> Payload { Payload(body: [UInt8](repeating: 0, count: Int(size))) }

    /// - Throws: The status that the caller wants.
    static func check(_ status: EchoStatus?) throws {
        guard let status, status.code != 0 else { return }
        let code = UInt8(exactly: status.code).flatMap { StatusCode(rawValue: $0) } ?? .unknown
        throw RPCError(code, status.message)
    }

    private static func echoMetadata(_ context: ServerContext) {
        for entry in context.metadata.entries
        where ["x-interop-initial", "x-interop-trailing-bin"].contains(entry.key) {
            context.addTrailer(entry.key, entry.value)
        }
    }
}
