internal import Foundation
package import Logging
internal import Synchronization

/// In what form lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    case text, json
    /// Text on a terminal, JSON elsewhere.
    case auto
}

/// The process-wide log: lines on standard error.
package enum LogSetup {
    private static let isDone = Mutex(false)
    private static let threshold = LogThreshold(.info)
    private static let style = Mutex(LogStyle())

    /// The level from which on lines are written. May change at any time.
    package static var level: Logger.Level {
        get { Self.threshold.level }
        set { Self.threshold.level = newValue }
    }

    /// Only the first call counts: swift-log allows one.
    package static func bootstrap(level: Logger.Level, format: LogFormat = .text) {
        let isFirst = Self.isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        guard isFirst else { return }
        // The reader of a pipe that is gone is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        Self.flushBeforeCrash()
        let style = LogStyle(
            format,
            descriptor: Self.descriptor,
            environment: ProcessInfo.processInfo.environment
        )
        Self.style.withLock { $0 = style }
        Self.level = level
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, threshold: Self.threshold, style: style, writer: Self.writer)
        }
    }

    /// Standard error.
    private static let descriptor: Int32 = 2
    private static let writer = LogWriter(descriptor: Self.descriptor, style: { Self.style.withLock { $0 } })

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
