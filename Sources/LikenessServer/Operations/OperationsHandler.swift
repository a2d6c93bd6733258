package import NIOCore
package import NIOHTTP1

/// Answers one HTTP/1 connection of the operations port.
///
/// One answer at a time: the next request is taken up once the socket has the whole previous answer, so what a client does not
/// read is never more than one answer, however many requests it sends.
package final class OperationsHandler: ChannelInboundHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundOut = HTTPServerResponsePart

    /// No request here has a body; one that is larger ends the connection.
    private static let bodyBytesMax = 65_536

    private let routes: OperationsRoutes
    private let connections: OperationsConnections
    private let exchangeTime: TimeAmount
    private var head: HTTPRequestHead?
    private var bodyBytes = 0
    private var isAnswering = false
    private var hasInputClosed = false
    /// Ends the connection unless an answer is complete before.
    private var timer: Scheduled<Void>?

    /// - Parameter exchangeTime: From one complete answer to the next, at most: a client that asks nothing, one that sends its request
    ///   a byte at a time and one that does not read its answer all lose their connection.
    init(routes: OperationsRoutes, connections: OperationsConnections, exchangeTime: TimeAmount) {
        self.routes = routes
        self.connections = connections
        self.exchangeTime = exchangeTime
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.startTimer(context.channel) }

    package func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): (self.head, self.bodyBytes) = (head, 0)
        case .body(let bytes):
            self.bodyBytes += bytes.readableBytes
            if self.bodyBytes > Self.bodyBytesMax { context.close(promise: nil) }
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            self.answer(head, context: context)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        // Nothing more comes; what was asked before is answered.
        self.hasInputClosed = true
        if !self.isAnswering { context.close(promise: nil) }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let request = OperationsRequest(
            method: head.method.rawValue,
            target: head.uri,
            accept: head.headers[canonicalForm: "accept"].joined(separator: ",")
        )
        let response = self.routes.response(to: request)
        let body = context.channel.allocator.buffer(string: response.body)
        let staysOpen = Self.staysOpen(after: head)
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "content-length", value: "\(body.readableBytes)")
        headers.add(name: "cache-control", value: "no-store")
        headers.add(name: "x-content-type-options", value: "nosniff")
        if let allow = response.allow { headers.add(name: "allow", value: allow) }
        if !staysOpen { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: response.status)
        let version: HTTPVersion = head.version == .http1_0 ? .http1_0 : .http1_1
        let start = self.wrapOutboundOut(.head(HTTPResponseHead(version: version, status: status, headers: headers)))
        let written = context.eventLoop.makePromise(of: Void.self)
        self.isAnswering = true
        if head.method == .HEAD {
            context.writeAndFlush(start, promise: written)
        } else {
            context.write(start, promise: nil)
            context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: written)
        }
        // Later rather than now: what waits behind would be answered from within, one deeper for each request.
        let loop = context.eventLoop.assumeIsolated()
        written.futureResult.assumeIsolated().whenSuccess {
            loop.execute { self.answered(staysOpen: staysOpen, context: context) }
        }
    }

    /// The socket has the answer. Its end, which has no bytes, lets the next request in.
    private func answered(staysOpen: Bool, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        self.isAnswering = false
        self.timer?.cancel()
        self.startTimer(context.channel)
        self.connections.answered(context.channel)
        guard staysOpen, !self.hasInputClosed else { return context.close(promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func startTimer(_ channel: any Channel) {
        self.timer = channel.eventLoop.scheduleTask(in: self.exchangeTime) { channel.close(promise: nil) }
    }

    /// Whether the connection can take another request. After CONNECT or Upgrade nothing is read as HTTP any more: what comes would
    /// only be kept.
    private static func staysOpen(after head: HTTPRequestHead) -> Bool {
        head.version == .http1_1 && head.isKeepAlive && [.GET, .HEAD].contains(head.method)
            && !head.headers.contains(name: "upgrade")
    }
}

extension OperationsRoutes {
    /// A request of Prometheus has less than one KiB.
    private static let headerBytesMax = 16_384

    /// Has what comes on a channel answered. On its event loop.
    ///
    /// - Parameter exchangeTime: As of ``OperationsHandler``.
    package func serve(
        _ pipeline: ChannelPipeline.SynchronousOperations,
        _ connections: OperationsConnections,
        exchangeTime: TimeAmount
    ) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = Self.headerBytesMax
        limits.maxHeaderFieldSize = Self.headerBytesMax
        try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(
            OperationsHandler(routes: self, connections: connections, exchangeTime: exchangeTime)
        )
    }
}
