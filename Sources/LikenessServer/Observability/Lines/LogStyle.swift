internal import Foundation
internal import Logging

/// How the lines of the log are written.
struct LogStyle: Sendable, Hashable {
    /// One JSON object a line, for programs, instead of text.
    var isJSON = false
    /// Each line begins with its priority, as in `<4>`, which journald takes off and keeps.
    ///
    /// - SeeAlso: sd-daemon(3); `SyslogLevelPrefix=` in systemd.exec(5).
    var hasPriority = false

    init(isJSON: Bool = false, hasPriority: Bool = false) { (self.isJSON, self.hasPriority) = (isJSON, hasPriority) }

    /// As a configuration wants it for what a descriptor leads to.
    init(_ format: LogFormat, descriptor: Int32, environment: [String: String]) {
        self.isJSON =
            switch format {
            case .text: false
            case .json: true
            case .auto: isatty(descriptor) != 1
            }
        self.hasPriority = Self.isJournal(descriptor, environment["JOURNAL_STREAM"])
    }

    /// Whether a descriptor leads to journald: systemd names the device and inode of what it made for the service.
    private static func isJournal(_ descriptor: Int32, _ stream: String?) -> Bool {
        var status = stat()
        guard let stream, fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// A line with its end.
    func bytes(of event: LogEvent, label: String, metadata: Logger.Metadata) -> [UInt8] {
        let time = LineLogHandler.now()
        let line =
            self.isJSON
            ? JSONLogLine.bytes(of: event, label: label, metadata: metadata, time: time)
            : LogLine.bytes(of: event, label: label, metadata: metadata, time: time)
        return self.hasPriority ? Array("<\(event.level.priority)>".utf8) + line : line
    }
}

extension Logger.Level {
    /// As syslog(3) counts.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
