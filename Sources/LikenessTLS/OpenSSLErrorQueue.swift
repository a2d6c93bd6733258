internal import COpenSSL

/// OpenSSL's per-thread list of errors. Cleared before a call, drained into a value after it fails.
enum OpenSSLErrorQueue {
    struct Entry: Hashable {
        let reasonCode: Int32
        let text: String
    }

    static func clear() { ERR_clear_error() }

    /// Takes every error, oldest first.
    static func drain() -> [Entry] {
        var entries: [Entry] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return entries }
            let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            entries.append(Entry(reasonCode: likeness_ERR_reason(code), text: text))
        }
    }

    /// What went wrong, in OpenSSL's words.
    static func drainText() -> String {
        let entries = Self.drain()
        return entries.isEmpty ? "no reason given" : entries.map(\.text).joined(separator: "; ")
    }
}
