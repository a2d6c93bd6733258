package import LikenessMessages
package import LikenessRPC
internal import LikenessWire

/// Answers `likeness.rpc.v1.ServerInfoService`.
package struct ServerInfoService: ServerInfoServiceProvider {
    package typealias Context = ServerContext

    private let info: RPCGetServerInfoResponse
    private let started: ContinuousClock.Instant

    /// - Parameter info: Everything but the uptime, which counts from now.
    package init(info: RPCGetServerInfoResponse) {
        self.info = info
        self.started = .now
    }

    package func getServerInfo(
        _ request: RPCGetServerInfoRequest,
        context: ServerContext
    ) async throws -> RPCGetServerInfoResponse {
        var info = self.info
        info.uptime = ProtobufDuration(self.started.duration(to: .now))
        return info
    }
}

extension RPCProtocolLimits {
    package init(_ configuration: RPCServerConfiguration) {
        let settings = configuration.settings
        self.init(
            frameBytes: settings.frameBytesMax,
            metadataBytes: settings.metadataBytesMax,
            streamsPerConnection: settings.streamsMax,
            streamCreditBytes: settings.streamCreditBytes,
            connectionCreditBytes: settings.connectionCreditBytes,
            pingInterval: ProtobufDuration(.milliseconds(Int64(settings.pingIntervalMinMilliseconds))),
            keepaliveInterval: ProtobufDuration(configuration.keepaliveInterval),
            idleTimeout: ProtobufDuration(configuration.idleTimeout),
            connectionAge: ProtobufDuration(configuration.connectionAge),
            connections: UInt32(clamping: configuration.connectionsMax)
        )
    }
}
