internal import Glibc

/// The service manager that started the process, where it is one that wants to know how the service is doing, as systemd is.
///
/// - SeeAlso: sd_notify(3) has the datagrams, sd_watchdog_enabled(3) the variables.
package final class ServiceManager: Sendable {
    /// Where datagrams go: a path, or `@` and a name that is in no file system.
    private let socket: String
    /// Open from the start, so that signs of life go out when the process has no descriptors left.
    private let descriptor: Int32
    /// How long may pass between two signs of life; `nil` when none are wanted.
    package let watchdogTime: Duration?

    /// `nil` when nothing waits for notifications of this process.
    package init?(environment: [String: String], process: Int32 = getpid()) {
        guard let socket = environment["NOTIFY_SOCKET"], socket.hasPrefix("/") || socket.hasPrefix("@"),
            socket.utf8.count > 1, socket.utf8.count < Self.pathBytesMax
        else { return nil }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.socket = socket
        let isOther = environment["WATCHDOG_PID"].map { $0 != "\(process)" } ?? false
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        self.watchdogTime = isOther || microseconds <= 0 ? nil : .microseconds(microseconds)
    }

    deinit { close(self.descriptor) }

    /// The time of CLOCK_MONOTONIC, as RELOADING=1 wants it.
    static var monotonicMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// What `sun_path` holds, with the end that C wants.
    private static let pathBytesMax = 108

    /// Sends assignments as `READY=1`, one a line. Waits for nothing.
    ///
    /// - Returns: Whether they are on their way; not where the manager has too much to read, or is not there.
    @discardableResult
    package func send(_ assignments: [String]) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(self.socket.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let text = Array(assignments.joined(separator: "\n").utf8)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(self.descriptor, text, text.count, Int32(MSG_NOSIGNAL), address, length) == text.count
            }
        }
    }

    /// Sends assignments that must not be lost: again and again for up to five seconds.
    package func deliver(_ assignments: [String]) async {
        for _ in 0..<50 {
            if self.send(assignments) { return }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
        }
    }
}
