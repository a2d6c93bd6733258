package import LikenessRPC
internal import LikenessWire

/// gRPC's interoperability cases, by the names of its description.
package enum InteropCase: String, CaseIterable, Sendable {
    case empty_unary, cacheable_unary, large_unary, client_streaming, server_streaming, ping_pong, half_duplex
    case empty_stream, client_certificate, custom_metadata, status_code_and_message, special_status_message
    case unimplemented_method, unimplemented_service, cancel_after_begin, cancel_after_first_response
    case timeout_on_sleeping_server, oversized_request
    case short_streams, credit_per_message, last_without_credit, cancel_and_call_burst, goaway

    /// What the connection of the case is made with.
    package var configuration: ClientConnection.Configuration {
        var configuration = ClientConnection.Configuration()
        configuration.connectTimeout = .seconds(60)
        // So small a window gives CREDIT for every message.
        if self == .credit_per_message { configuration.settings.streamCreditBytes = 1_024 }
        return configuration
    }

    /// Calls the server as the case says.
    ///
    /// - Parameter connect: Makes another connection, where the server ends the first.
    /// - Returns: What was observed.
    /// - Throws: `InteropFailure` when that is not what it should be, or the error of a call that should not fail.
    package func run(
        over connection: ClientConnection,
        connect: @escaping @Sendable () async throws -> ClientConnection
    ) async throws -> String {
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
        case .short_streams: try await client.shortStreams(count: 2_000, messages: 1)
        case .credit_per_message: try await client.shortStreams(count: 1_100, messages: 2)
        case .last_without_credit: try await client.lastWithoutCredit()
        case .cancel_and_call_burst: try await client.cancelAndCallBurst()
        case .goaway: try await client.goaway(connect: connect)
        }
    }
}

/// What was observed is not what it should be.
package struct InteropFailure: Error, CustomStringConvertible {
    package let description: String
}
