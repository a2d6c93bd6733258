internal import Foundation
package import Logging
internal import Synchronization

/// The process-wide log: lines on standard error.
package enum LogSetup {
    private static let isDone = Mutex(false)

    /// Only the first call counts: swift-log allows one.
    package static func bootstrap(level: Logger.Level) {
        let isFirst = Self.isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        guard isFirst else { return }
        // The reader of a pipe that is gone is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        Self.flushBeforeCrash()
        LoggingSystem.bootstrap { label in
            LineLogHandler(
                label: label,
                logLevel: label == AuditLog.label ? min(level, .notice) : level,
                writer: Self.writer
            )
        }
    }

    private static let writer = LogWriter(descriptor: 2)

    /// Whether audit lines can be kept until they are written.
    static var takesAuditLines: Bool { Self.writer.takesKeptLines }

    /// Waits until what was logged is written: for the end of the process.
    package static func flush(within bound: Duration = .seconds(2)) { self.writer.flush(within: bound) }

    /// Has a process that crashes write first what it has logged. Where another handler is installed, as that of Swift's
    /// backtraces, it stays.
    private static func flushBeforeCrash() {
        _ = Self.writer
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
            var action = sigaction()
            guard sigaction(number, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { continue }
            action.__sigaction_handler.sa_handler = { number in
                LogSetup.writer.flushInSignalHandler()
                // By then without a handler: ends the process, also where the signal came from outside.
                raise(number)
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
    }
}
