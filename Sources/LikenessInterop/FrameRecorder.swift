internal import Foundation
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import NIOCore

/// Stands between TLS and the protocol of one connection and writes down the frames of both sides; changes nothing.
final class FrameRecorder: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let record: FrameRecord
    private let connection: Int
    private var client: FrameDecoder? = FrameRecorder.decoder
    private var server: FrameDecoder? = FrameRecorder.decoder

    init(record: FrameRecord) {
        self.record = record
        self.connection = record.connection()
    }

    /// Takes what any side may have announced.
    private static var decoder: FrameDecoder {
        var decoder = FrameDecoder()
        decoder.frameBytesMax = 64 << 20
        decoder.metadataBytesMax = 1 << 20
        return decoder
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted {
            let names =
                (event.peer?.uriNames ?? []).map { "URI:\($0)" } + (event.peer?.dnsNames ?? []).map { "DNS:\($0)" }
            self.record.add(.init(connection: self.connection, event: "opened", certificate: names))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.record.add(.init(connection: self.connection, event: "closed"))
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.write(Self.unwrapInboundIn(data), from: "client", &self.client)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.write(Self.unwrapOutboundIn(data), from: "server", &self.server)
        context.write(data, promise: promise)
    }

    private func write(_ bytes: ByteBuffer, from side: String, _ decoder: inout FrameDecoder?) {
        guard decoder != nil else { return }
        decoder?.append(bytes)
        do throws(ProtocolViolation) {
            while let frame = try decoder?.next() {
                var line = FrameRecord.Line(frame)
                line.connection = self.connection
                line.from = side
                self.record.add(line)
            }
        } catch {
            // Nothing that arrives now can be attributed.
            decoder = nil
            self.record.add(.init(connection: self.connection, event: "\(error)", from: side))
        }
    }
}

extension FrameRecord.Line {
    init(_ frame: Frame) {
        self.init()
        switch frame {
        case .hello(let settings):
            self.frame = "HELLO"
            self.settings = [
                "1": settings.frameBytesMax, "2": settings.metadataBytesMax, "3": settings.streamsMax,
                "4": settings.streamCreditBytes, "5": settings.connectionCreditBytes,
                "6": settings.pingIntervalMinMilliseconds,
            ]
        case .request(let id, let head, let message, let isLast):
            (self.frame, self.stream, self.last) = ("REQUEST", id, isLast)
            (self.method, self.timeout_us) = (head.method, head.timeoutMicroseconds)
            self.metadata = Self.pairs(head.metadata)
            self.take(message)
        case .message(let id, let message, let isLast):
            (self.frame, self.stream, self.last) = ("MESSAGE", id, isLast)
            self.take(message)
        case .end(let id, let status, let message, let wasNotProcessed):
            (self.frame, self.stream, self.not_processed) = ("END", id, wasNotProcessed)
            (self.code, self.text) = (Int(status.code.rawValue), status.message)
            let reason = RPCError(status.code, status.message, details: status.details).reason
            self.reason = reason.isEmpty ? nil : reason
            self.trailers = Self.pairs(status.trailers)
            self.take(message)
        case .cancel(let id): (self.frame, self.stream) = ("CANCEL", id)
        case .credit(let id, let bytes): (self.frame, self.stream, self.credit) = ("CREDIT", id, bytes)
        case .ping: self.frame = "PING"
        case .pong: self.frame = "PONG"
        case .goaway(let goaway):
            (self.frame, self.stream) = ("GOAWAY", goaway.lastStream)
            (self.code, self.text) = (Int(goaway.code.rawValue), goaway.text)
        case .unknown(let kind): self.frame = "\(kind)"
        }
    }

    private mutating func take(_ message: ByteBuffer?) {
        self.bytes = message?.readableBytes
        guard let message, message.readableBytes <= Self.messageBytesMax else { return }
        self.message = Data(message.readableBytesView).base64EncodedString()
    }

    private static func pairs(_ metadata: Metadata) -> [[Value]] {
        metadata.entries.map { entry in
            [
                .text(entry.key),
                String(validating: entry.value, as: UTF8.self).map { .text($0) } ?? .bytes(Data(entry.value)),
            ]
        }
    }
}
