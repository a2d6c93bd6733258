internal import Glibc
internal import Logging
internal import NIOCore

/// Says in the log that the process or the system has no file descriptor left for another connection. NIO pauses accepting
/// for a second then, and goes on by itself.
final class AcceptFailureLogger: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let log: ThinnedLog

    init(logger: Logger) {
        self.log = ThinnedLog(
            "no file descriptor is left for another connection: accepting pauses for a second",
            logger: logger,
            thinning: LogThinning(interval: .seconds(60))
        )
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, [EMFILE, ENFILE].contains(error.errnoCode) {
            let reason = error.errnoCode == EMFILE ? "the process's limit" : "the system's limit"
            self.log.log(.error, caller: "", reason: reason, common: ["reason": "\(reason)"])
        }
        context.fireErrorCaught(error)
    }
}
