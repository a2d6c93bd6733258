internal import Foundation
internal import Logging
internal import Synchronization

/// Makes lines of what is logged and hands them to the writer; blocks no thread.
struct LineLogHandler: LogHandler {
    let label: String
    /// The process's, until a logger is given one of its own.
    var logLevel: Logger.Level {
        get { self.ownLevel ?? self.threshold.level(of: self.label) }
        set { self.ownLevel = newValue }
    }
    private var ownLevel: Logger.Level?
    private let threshold: LogThreshold
    private let style: LogStyle
    private let writer: LogWriter
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, threshold: LogThreshold, style: LogStyle, writer: LogWriter) {
        self.label = label
        self.threshold = threshold
        self.style = style
        self.writer = writer
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let given = event.metadata { metadata.merge(given) { $1 } }
        if let error = event.error { metadata["error"] = "\(error)" }
        let line = self.style.bytes(of: event, label: self.label, metadata: metadata)
        self.writer.write(line, keep: self.label == AuditLog.label)
    }

    /// The time in UTC, to the millisecond: `2026-11-23T09:12:07.042Z`.
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        func digits(_ number: some BinaryInteger, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return digits(parts.tm_year + 1_900, 4) + "-" + digits(parts.tm_mon + 1, 2) + "-" + digits(parts.tm_mday, 2)
            + "T" + digits(parts.tm_hour, 2) + ":" + digits(parts.tm_min, 2) + ":" + digits(parts.tm_sec, 2)
            + "." + digits(time.tv_nsec / 1_000_000, 3) + "Z"
    }
}
