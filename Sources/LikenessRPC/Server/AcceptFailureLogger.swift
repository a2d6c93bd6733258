internal import Glibc
internal import Logging
internal import NIOCore

/// Says in the log that the process or the system has no file descriptor left for another connection. NIO pauses accepting
/// for a second then, and goes on by itself.
final class AcceptFailureLogger: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let logger: Logger
    private var throttle = LogThrottle()

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, [EMFILE, ENFILE].contains(error.errnoCode),
            let suppressed = self.throttle.passes("accept", now: context.eventLoop.now)
        {
            self.logger.error(
                "no file descriptor is left for another connection: accepting pauses for a second",
                metadata: [
                    "reason": "\(error.errnoCode == EMFILE ? "the process's limit" : "the system's limit")",
                    "not_logged_before": "\(suppressed)",
                ]
            )
        }
        context.fireErrorCaught(error)
    }
}
