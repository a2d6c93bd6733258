/// What `likenessd doctor` has found of one thing.
package struct Finding: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case ok
        /// Works, but not as it should, or not for long.
        case warn
        /// The service does not start, or does not do what it is for.
        case fail
    }

    /// Of a fixed list: what was looked at.
    package let check: String
    package let status: Status
    package let message: String
    /// How to mend it; empty for what is well.
    package let remedy: String

    static func ok(_ check: String, _ message: String) -> Finding {
        Finding(check: check, status: .ok, message: message, remedy: "")
    }

    static func warn(_ check: String, _ message: String, mend remedy: String) -> Finding {
        Finding(check: check, status: .warn, message: message, remedy: remedy)
    }

    static func fail(_ check: String, _ message: String, mend remedy: String) -> Finding {
        Finding(check: check, status: .fail, message: message, remedy: remedy)
    }

    private init(check: String, status: Status, message: String, remedy: String) {
        self.check = check
        self.status = status
        // What is quoted may hold a connection string.
        self.message = ConfigurationError.redacted(message)
        self.remedy = remedy
    }

    /// As a JSON object in one line.
    package var json: String {
        let members = [
            ("check", self.check), ("status", self.status.rawValue), ("message", self.message), ("remedy", self.remedy),
        ]
        return "{" + members.map { "\(JSONLogLine.quoted($0)):\(JSONLogLine.quoted($1))" }.joined(separator: ",") + "}"
    }
}
