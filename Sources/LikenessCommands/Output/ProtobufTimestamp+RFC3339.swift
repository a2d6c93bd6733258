internal import LikenessMessages
internal import LikenessReflection

extension ProtobufTimestamp {
    /// The time in UTC as RFC 3339 with whole seconds: `2026-11-23T02:20:00Z`; "?" for one that is no time.
    var rfc3339: String { TimestampText.text(seconds: self.seconds) ?? "?" }

    /// The same with all its digits, as a time that names a state has to be written.
    var exactRFC3339: String { TimestampText.text(seconds: self.seconds, nanos: self.nanos) ?? "?" }
}
