package import LikenessRPC

/// gRPC's interoperability cases, by the names of its description.
package enum InteropCase: String, CaseIterable, Sendable {
    case empty_unary, cacheable_unary, large_unary, client_streaming, server_streaming, ping_pong, half_duplex
    case empty_stream, client_certificate, custom_metadata, status_code_and_message, special_status_message
    case unimplemented_method, unimplemented_service, cancel_after_begin, cancel_after_first_response
    case timeout_on_sleeping_server, oversized_request

    /// Calls the server as the case says.
    ///
    /// - Returns: What was observed.
    /// - Throws: `InteropFailure` when that is not what it should be, or the error of a call that should not fail.
    package func run(over connection: ClientConnection) async throws -> String {
        let client = InteropClient(connection)
        return switch self {
        case .empty_unary: try await client.emptyUnary()
        case .cacheable_unary: try await client.cacheableUnary()
        case .large_unary: try await client.largeUnary()
        case .client_streaming: try await client.clientStreaming()
        case .server_streaming: try await client.serverStreaming()
        case .ping_pong: try await client.pingPong()
        case .half_duplex: try await client.halfDuplex()
        case .empty_stream: try await client.emptyStream()
        case .client_certificate: try await client.clientCertificate()
        case .custom_metadata: try await client.customMetadata()
        case .status_code_and_message: try await client.statusCodeAndMessage()
        case .special_status_message: try await client.specialStatusMessage()
        case .unimplemented_method: try await client.unimplementedMethod()
        case .unimplemented_service: try await client.unimplementedService()
        case .cancel_after_begin: try await client.cancelAfterBegin()
        case .cancel_after_first_response: try await client.cancelAfterFirstResponse()
        case .timeout_on_sleeping_server: try await client.timeoutOnSleepingServer()
        case .oversized_request: try await client.oversizedRequest()
        }
    }
}

/// What was observed is not what it should be.
package struct InteropFailure: Error, CustomStringConvertible {
    package let description: String
}
