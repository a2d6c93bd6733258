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
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = label == AuditLog.label ? min(level, .notice) : level
            return handler
        }
    }
}
