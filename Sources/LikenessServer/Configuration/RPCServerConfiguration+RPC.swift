internal import LikenessRPC
internal import LikenessWire

extension RPCServerConfiguration {
    /// The limits and times that an operator has set.
    init(_ rpc: ServerConfiguration.RPC) {
        self.init()
        self.settings.frameBytesMax = UInt32(clamping: rpc.frameBytesMax)
        self.answerBytesMax = rpc.answerBytesMax
        self.settings.streamsMax = UInt32(clamping: rpc.streamsMax)
        self.connectionsMax = rpc.connectionsMax
        self.connectionsPerIdentityMax = rpc.connectionsPerIdentityMax
        if let limit = rpc.connectionsWithoutCredentialMax { self.connectionsWithoutCredentialMax = limit }
        self.handshakesMax = rpc.handshakesMax
        self.unwrittenBytesMax = rpc.unwrittenBytesMax
        self.handshakeTimeout = rpc.handshakeTimeout
        self.keepaliveInterval = rpc.keepaliveInterval
        self.keepaliveTimeout = rpc.keepaliveTimeout
        self.idleTimeout = rpc.idleTimeout
        self.connectionAge = rpc.connectionAge
        self.connectionAgeGrace = rpc.connectionAgeGrace
        self.deadlineMax.reader = rpc.readerDeadlineMax
        self.deadlineMax.writer = rpc.writerDeadlineMax
        self.deadlineMax.admin = rpc.adminDeadlineMax
        self.admission.delayTarget = rpc.queueDelayTarget
    }
}
