internal import LikenessMessages
internal import LikenessMetrics
internal import LikenessServer
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

extension FuzzTarget {
    /// A connection of the operations port. First byte: how many bytes come at once; then what a client sends.
    ///
    /// However the bytes are cut, the same requests get the same answers, one each, in order and as long as they say; and nothing is
    /// answered after an answer that ends the connection.
    static let operations = FuzzTarget(name: "operations") { bytes in
        var input = FuzzInput(bytes)
        let pieceBytes = Int(input.byte()) + 1
        let rest = ByteBuffer(bytes: input.rest())
        let whole = Self.answers(to: rest, pieceBytes: max(rest.readableBytes, 1))
        let pieces = Self.answers(to: rest, pieceBytes: pieceBytes)
        precondition(whole == pieces, "the cuts change the answers: \(whole) and \(pieces)")
    }

    private static let routes: OperationsRoutes = {
        let state = ServiceState()
        state.start()
        let database = ComponentHealth(name: "database", status: .serving, message: "answers")
        let health = GetHealthResponse(status: .serving, components: [database])
        return OperationsRoutes(
            probes: OperationsProbes(state: state, loops: EventLoopWatch([]), health: { (health, .zero) }),
            metrics: MetricsStore([])
        )
    }()

    private static func answers(to bytes: ByteBuffer, pieceBytes: Int) -> [Exchange] {
        let channel = EmbeddedChannel()
        let record = ExchangeRecord()
        do {
            try Self.routes.serve(
                channel.pipeline.syncOperations,
                OperationsConnections(countMax: 1),
                exchangeTime: .seconds(1)
            )
            let handler = try channel.pipeline.syncOperations.handler(type: OperationsHandler.self)
            try channel.pipeline.syncOperations.addHandler(record, position: .before(handler))
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
        } catch {
            preconditionFailure("\(error)")
        }
        var rest = bytes
        while channel.isActive, let piece = rest.readSlice(length: min(pieceBytes, rest.readableBytes)),
            piece.readableBytes > 0
        {
            // Bytes that are no HTTP are an error.
            _ = try? channel.writeInbound(piece)
            channel.embeddedEventLoop.run()
        }
        _ = try? channel.finish()
        return record.exchanges
    }
}

/// One request and its answer.
private struct Exchange: Equatable {
    let method: String
    let target: String
    var status: UInt?
}

/// Sees every request before it is answered, and every answer.
private final class ExchangeRecord: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private(set) var exchanges: [Exchange] = []
    private var bodyBytes = 0
    private var isLast = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = self.unwrapInboundIn(data) {
            precondition(self.exchanges.last.map { $0.status != nil } ?? true, "a request while one is not answered")
            precondition(!self.isLast, "a request after the answer that ends the connection")
            self.exchanges.append(Exchange(method: head.method.rawValue, target: head.uri))
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(let head):
            precondition(self.exchanges.last.map { $0.status == nil } ?? false, "an answer to nothing")
            precondition([200, 404, 405].contains(head.status.code), "an answer that there is not")
            self.exchanges[self.exchanges.count - 1].status = head.status.code
            self.isLast = head.headers["connection"] == ["close"]
            let length = head.headers["content-length"].first.flatMap { Int($0) }
            precondition(length.map { $0 > 0 } ?? false, "an answer without a length")
            self.bodyBytes = self.exchanges.last?.method == "HEAD" ? 0 : length ?? 0
        case .body(.byteBuffer(let body)): self.bodyBytes -= body.readableBytes
        case .body: preconditionFailure("a file")
        case .end: precondition(self.bodyBytes == 0, "an answer of another length than it says")
        }
        context.write(data, promise: promise)
    }
}
