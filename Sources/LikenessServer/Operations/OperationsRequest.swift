/// What somebody asks of the operations port, as far as it matters.
struct OperationsRequest: Sendable, Hashable {
    let method: String
    let path: String
    /// Behind the question mark; empty without one.
    let query: String
    let accept: String

    /// - Parameter target: As in the first line of the request.
    init(method: String, target: String, accept: String = "") {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.path = parts.first.map(String.init) ?? ""
        self.query = parts.count > 1 ? String(parts[1]) : ""
        self.accept = accept
    }

    /// Whether the query names a flag, with or without a value.
    func has(_ flag: String) -> Bool {
        self.query.split(separator: "&").contains { $0 == flag || $0.hasPrefix(flag + "=") }
    }
}

struct OperationsResponse: Sendable, Hashable {
    let status: Int
    let contentType: String
    let body: String
    /// For 405: which methods there are.
    var allow: String?

    init(_ status: Int, _ body: String, contentType: String = "text/plain; charset=utf-8") {
        (self.status, self.body, self.contentType) = (status, body, contentType)
    }
}
