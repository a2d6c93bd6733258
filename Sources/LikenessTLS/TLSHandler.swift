internal import COpenSSL
package import NIOCore

/// Fired inbound once the handshake is done: the peer is who it says, and plaintext may flow.
package struct TLSHandshakeCompleted: Sendable {
    /// "TLSv1.3", for one.
    package let version: String
    /// What both sides agreed on by ALPN.
    package let applicationProtocol: String
    /// `nil` when the peer showed no certificate.
    package let peer: PeerCertificate?
}

/// Encrypts and decrypts one channel by OpenSSL.
///
/// Inbound ciphertext becomes plaintext buffers; outbound plaintext is gathered until a flush and leaves in as few
/// records as possible. A failure closes the channel after firing a `TLSError`; a peer that ends the connection without
/// close_notify is a `.truncated` one.
package final class TLSHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum State { case idle, handshaking, open, closing, closed }

    private let context: TLSContext
    private let serverName: String?
    private let handshakeTimeout: TimeAmount
    private var state = State.idle
    private var session: TLSSession?
    private var timeout: Scheduled<Void>?
    /// Plaintext that waits for the next flush, or for the handshake.
    private var pending: [(buffer: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    private var pendingIsFlushed = false

    /// Whether anything was encrypted or decrypted since the last look; `rest` is the next one.
    private var hasWorked = false
    private var rest: Scheduled<Void>?
    private static let restAfter = TimeAmount.seconds(1)

    /// Answers to key updates that the peer has not read.
    private var answersUnread = 0

    private static let answersUnreadMax = 16

    /// - Parameters:
    ///   - serverName: For a client: the name or address that the server's certificate must carry.
    ///   - handshakeTimeout: Longest handshake allowed.
    package init(context: TLSContext, serverName: String? = nil, handshakeTimeout: TimeAmount = .seconds(5)) {
        self.context = context
        self.serverName = serverName
        self.handshakeTimeout = handshakeTimeout
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.start(context: context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        self.start(context: context)
        context.fireChannelActive()
    }

    private func start(context: ChannelHandlerContext) {
        guard case .idle = self.state else { return }
        self.state = .handshaking
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.timeout = context.eventLoop.scheduleTask(in: self.handshakeTimeout) {
            let (handler, context) = bound.value
            guard case .handshaking = handler.state else { return }
            handler.fail(TLSError(.handshakeTimeout, "the TLS handshake took too long"), context: context)
        }
        do {
            self.session = try TLSSession(self.context, serverName: self.serverName)
            try self.handshake(context: context)
        } catch {
            self.fail(error, context: context)
        }
    }

    // MARK: Inbound

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session = self.session else { return }
        let ciphertext = Self.unwrapInboundIn(data)
        unsafe ciphertext.withUnsafeReadableBytes { bytes in unsafe session.receive(bytes) }
        do throws(TLSError) {
            if case .handshaking = self.state { try self.handshake(context: context) }
            if case .open = self.state { try self.decrypt(session, context: context) }
        } catch {
            self.fail(error, context: context)
        }
    }

    private func handshake(context: ChannelHandlerContext) throws(TLSError) {
        guard let session = self.session else { return }
        let progress = try session.handshake()
        self.sendOutput(of: session, context: context)
        guard progress == .complete else { return }
        let peer = try session.peerCertificate()
        self.state = .open
        self.timeout?.cancel()
        self.timeout = nil
        self.noteWork(context: context)
        context.fireUserInboundEventTriggered(
            TLSHandshakeCompleted(
                version: session.version,
                applicationProtocol: self.context.applicationProtocol,
                peer: peer
            )
        )
        if self.pendingIsFlushed { self.flush(context: context) }
    }

    /// A connection that rests for a second gives its buffers back. Giving them back after each record, as OpenSSL
    /// would, costs a connection at work two large allocations a call.
    private func noteWork(context: ChannelHandlerContext) {
        self.hasWorked = true
        guard self.rest == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.rest = context.eventLoop.scheduleTask(in: Self.restAfter) {
            let (handler, context) = bound.value
            handler.rest = nil
            guard case .open = handler.state, let session = handler.session else { return }
            if !handler.hasWorked {
                session.freeBuffers()
            } else {
                handler.noteWork(context: context)
                handler.hasWorked = false
            }
        }
    }

    /// Decrypts what has come into one buffer and passes it on.
    private func decrypt(_ session: TLSSession, context: ChannelHandlerContext) throws(TLSError) {
        self.noteWork(context: context)
        let expected = session.inputBytes
        guard expected > 0 else { return }
        var plaintext = context.channel.allocator.buffer(capacity: expected)
        var outcome = Result<TLSSession.ReadResult, TLSError>.success(.wantMore)
        repeat {
            unsafe plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1_024) { memory in
                outcome = Result { () throws(TLSError) in try unsafe session.read(into: memory) }
                if case .success(.data(let count)) = outcome { return count }
                return 0
            }
        } while outcome.isData && session.inputBytes > 0
        if plaintext.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(plaintext)) }
        // Whoever read it may have closed the channel.
        guard case .open = self.state else { return }
        switch try outcome.get() {
        case .data, .wantMore: try self.sendAnswers(of: session, context: context)
        case .closed:
            self.state = .closing
            session.close()
            self.sendOutput(of: session, context: context)
            context.close(promise: nil)
        }
    }

    /// Sends the answers to key updates; a peer that asks for them has to read them.
    private func sendAnswers(of session: TLSSession, context: ChannelHandlerContext) throws(TLSError) {
        guard session.hasOutput else { return }
        self.answersUnread = context.channel.isWritable ? 0 : self.answersUnread + 1
        guard self.answersUnread <= Self.answersUnreadMax else {
            throw TLSError(.abuse, "the peer asks for key updates and does not read them")
        }
        self.sendOutput(of: session, context: context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        switch self.state {
        case .open: context.fireErrorCaught(TLSError(.truncated, "the peer ended the connection without close_notify"))
        case .handshaking:
            context.fireErrorCaught(TLSError(.handshake, "the peer ended the connection during the handshake"))
        case .idle, .closing, .closed: break
        }
        self.end(TLSError(.connection, "the connection is closed"))
        context.fireChannelInactive()
    }

    // MARK: Outbound

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.state {
        case .closing, .closed: promise?.fail(ChannelError.ioOnClosedChannel)
        case .idle, .handshaking, .open: self.pending.append((Self.unwrapOutboundIn(data), promise))
        }
    }

    package func flush(context: ChannelHandlerContext) {
        self.pendingIsFlushed = true
        guard case .open = self.state, let session = self.session else { return }
        self.pendingIsFlushed = false
        let writes = self.pending
        self.pending.removeAll(keepingCapacity: true)
        guard !writes.isEmpty else {
            context.flush()
            return
        }
        self.noteWork(context: context)
        do throws(TLSError) {
            if writes.count == 1 {
                try Self.encrypt(writes[0].buffer, by: session)
            } else {
                // One buffer for all: a record, and its tag, per flush instead of per write.
                var joined = context.channel.allocator.buffer(
                    capacity: writes.reduce(0) { $0 + $1.buffer.readableBytes }
                )
                for write in writes { joined.writeImmutableBuffer(write.buffer) }
                try Self.encrypt(joined, by: session)
            }
        } catch {
            for write in writes { write.promise?.fail(error) }
            self.fail(error, context: context)
            return
        }
        let promises = writes.compactMap(\.promise)
        guard !promises.isEmpty else {
            self.sendOutput(of: session, context: context)
            return
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        for promise in promises { written.futureResult.cascade(to: promise) }
        self.sendOutput(of: session, context: context, promise: written)
    }

    private static func encrypt(_ plaintext: ByteBuffer, by session: TLSSession) throws(TLSError) {
        let result = unsafe plaintext.withUnsafeReadableBytes { bytes in
            Result { () throws(TLSError) in try unsafe session.write(bytes) }
        }
        try result.get()
    }

    private func sendOutput(
        of session: TLSSession,
        context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>? = nil
    ) {
        var ciphertext = context.channel.allocator.buffer(capacity: 0)
        session.takeOutput(into: &ciphertext)
        guard ciphertext.readableBytes > 0 else {
            promise?.succeed()
            return
        }
        context.writeAndFlush(Self.wrapOutboundOut(ciphertext), promise: promise)
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            context.close(mode: mode, promise: promise)
            return
        }
        if case .open = self.state, let session = self.session {
            self.state = .closing
            session.close()
            self.sendOutput(of: session, context: context)
        }
        self.end(TLSError(.connection, "the connection is closed"))
        context.close(mode: mode, promise: promise)
    }

    // MARK: The end

    private func fail(_ error: TLSError, context: ChannelHandlerContext) {
        switch self.state {
        case .closed, .closing: return
        case .idle, .handshaking, .open: break
        }
        // The alert that OpenSSL has prepared tells the peer why.
        if let session = self.session { self.sendOutput(of: session, context: context) }
        self.state = .closing
        context.fireErrorCaught(error)
        self.end(error)
        context.close(promise: nil)
    }

    private func end(_ error: TLSError) {
        self.state = .closed
        self.timeout?.cancel()
        self.timeout = nil
        self.rest?.cancel()
        self.rest = nil
        self.session = nil
        let writes = self.pending
        self.pending.removeAll()
        for write in writes { write.promise?.fail(error) }
    }
}

extension Result<TLSSession.ReadResult, TLSError> {
    fileprivate var isData: Bool { if case .success(.data) = self { true } else { false } }
}
