internal import Logging

/// A line as a JSON object: `time`, `severity`, `logger`, `message` and `module`, then the keys of the event, in order.
///
/// Values are texts, but for a few that are always numbers. What could steer a terminal is escaped, as in ``LogLine``.
enum JSONLogLine {
    /// Longer ones have their longest values cut. The ids of all profiles that one call deletes have room.
    static let bytesMax = 16_384
    /// What a value is cut to, step by step, where the line is too long.
    private static let cuts = [8_192, 1_024, 128, 16]

    private static let standard: Set = ["time", "severity", "logger", "message", "module"]
    private static let numbers: Set = [
        "attempts", "count", "database_ms", "duration_ms", "percent", "rows", "seconds_left", "within_s",
    ]

    /// - Parameter time: As it is to be written.
    /// - Returns: The line with its end.
    static func bytes(of event: LogEvent, label: String, metadata: Logger.Metadata, time: String) -> [UInt8] {
        for cut in [Int.max] + Self.cuts {
            let text = Self.text(of: event, label: label, metadata: metadata, time: time, cut: cut)
            // No event has so many keys that the last cut would not do.
            if text.utf8.count < Self.bytesMax || cut == Self.cuts.last { return Array(text.utf8) }
        }
        return []
    }

    private static func text(
        of event: LogEvent,
        label: String,
        metadata: Logger.Metadata,
        time: String,
        cut: Int
    ) -> String {
        var text = "{\"time\":\(Self.quoted(time, cut)),\"severity\":\"\(event.level)\""
        text += ",\"logger\":\(Self.quoted(label, cut)),\"message\":\(Self.quoted(event.message.description, cut))"
        text += ",\"module\":\(Self.quoted(event.source, cut))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            // A key of a line's own is not taken for one of every line.
            let name = Self.standard.contains(key) ? key + "_" : key
            text += ",\(Self.quoted(name, cut)):\(Self.value("\(value)", of: key, cut))"
        }
        return text + "}\n"
    }

    private static func value(_ text: String, of key: String, _ cut: Int) -> String {
        let isNumber = Self.numbers.contains(key) && text.wholeMatch(of: /(0|[1-9][0-9]{0,15})(\.[0-9]{1,6})?/) != nil
        return isNumber ? text : Self.quoted(text, cut)
    }

    /// - Parameter cut: The most characters of it.
    static func quoted(_ text: String, _ cut: Int = .max) -> String {
        let isWhole = text.utf8.count <= cut
        var quoted = "\""
        for scalar in isWhole ? text.unicodeScalars[...] : text.unicodeScalars.prefix(cut) {
            Self.append(scalar, to: &quoted)
        }
        return quoted + (isWhole ? "\"" : "…\"")
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where LogLine.isHidden(scalar):
            for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        default: text.unicodeScalars.append(scalar)
        }
    }
}
