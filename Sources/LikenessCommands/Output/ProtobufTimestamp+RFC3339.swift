internal import Foundation
internal import LikenessMessages

extension ProtobufTimestamp {
    /// The time in UTC as RFC 3339 with whole seconds: `2026-11-23T02:20:00Z`.
    var rfc3339: String {
        Foundation.Date(timeIntervalSince1970: TimeInterval(self.seconds)).formatted(.iso8601)
    }
}
