internal import Logging
internal import Synchronization

/// The level from which on the process logs. It may change while loggers are in use.
final class LogThreshold: Sendable {
    private static let levels = Logger.Level.allCases
    private let index: Atomic<Int>

    init(_ level: Logger.Level) { self.index = Atomic(Self.index(of: level)) }

    var level: Logger.Level {
        get { Self.levels[self.index.load(ordering: .relaxed)] }
        set { self.index.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    /// Lines of the audit log are written at any level.
    func level(of label: String) -> Logger.Level { label == AuditLog.label ? min(self.level, .notice) : self.level }

    private static func index(of level: Logger.Level) -> Int { self.levels.firstIndex(of: level) ?? 0 }
}
