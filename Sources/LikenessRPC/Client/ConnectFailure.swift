internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Says in words why a connection could not be made, or broke.
package enum ConnectFailure {
    /// `Connection refused`, rather than all that NIO knows of it.
    package static func text(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // A name may have several addresses; each has failed.
            var causes: [String] = []
            for failure in error.connectionErrors {
                let cause = self.text(of: failure.error)
                if !causes.contains(cause) { causes.append(cause) }
            }
            if causes.isEmpty { causes = [error.dnsAError, error.dnsAAAAError].compactMap { $0.map(self.text) } }
            return causes.isEmpty ? "no address" : causes.joined(separator: ", ")
        case let error as IOError:
            // SAFETY: `strerror` returns a text that is copied before anything else can run on this thread.
            return unsafe String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no answer in time"
        default: return "\(error)"
        }
    }
}
