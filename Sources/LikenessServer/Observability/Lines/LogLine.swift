internal import Logging

/// The form of a line: `TIME LEVEL LABEL: KEY=VALUE … [MODULE] MESSAGE`, keys in order.
///
/// A line is one line: what could end it, look like another key or steer a terminal is escaped. A value of anything but
/// letters, digits and the usual marks is quoted.
enum LogLine {
    /// Longer ones are cut.
    static let bytesMax = 8_192

    /// - Parameter time: As it is to be written.
    /// - Returns: The line with its end.
    static func bytes(of event: LogEvent, label: String, metadata: Logger.Metadata, time: String) -> [UInt8] {
        var text = "\(time) \(event.level) \(label):"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += " \(Self.escaped(key))=\(Self.value("\(value)"))"
        }
        text += " [\(event.source)] \(Self.escaped(event.message.description))"
        var bytes = Array(text.utf8)
        if bytes.count >= Self.bytesMax {
            // At the end of a character.
            var end = Self.bytesMax - 4
            while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
            bytes.removeSubrange(end...)
            bytes += Array("…".utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// A value as one word, quoted where it would not be.
    static func value(_ text: String) -> String {
        let isWord = !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        guard !isWord else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            Self.append(scalar, to: &quoted)
        }
        return quoted + "\""
    }

    /// Text in which nothing ends a line or steers a terminal.
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var escaped = ""
        for scalar in text.unicodeScalars { Self.append(scalar, to: &escaped) }
        return escaped
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where Self.isHidden(scalar): text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: text.unicodeScalars.append(scalar)
        }
    }

    /// Whether a character has no shape of its own, ends lines, or steers a terminal.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // C0 and C1, bidirectional marks and others without a shape, ends of lines, what no font has.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
