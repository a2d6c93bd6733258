/// A name in a certificate, as `roles.*` has it: `URI:spiffe://example.org/web` or `DNS:web.example.org`.
enum CertificateName {
    /// Why a certificate that counts can never have such a name, with the right form where it can be guessed.
    static func problem(with text: String) -> String? {
        let trimmed = String(
            text.trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed()
        )
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            let hint = trimmed != text && self.problem(with: trimmed) == nil ? "; did you mean \"\(trimmed)\"?" : ""
            return "has a blank or a character that no name in a certificate may have\(hint)"
        }
        let colon = text.firstIndex(of: ":")
        let kind = colon.map { String(text[..<$0]) } ?? ""
        let value = colon.map { String(text[text.index(after: $0)...]) } ?? text
        switch kind {
        case "URI": return Self.problem(uri: value)
        case "DNS": return Self.problem(dns: value)
        case "uri", "Uri", "dns", "Dns": return Self.guess("\(kind.uppercased()):\(value)", "the kind is in capitals")
        case "IP", "email", "EMAIL", "dirName", "RID", "otherName", "CN":
            return "only URI: and DNS: names say who a caller is"
        default:
            let kinds = "has no kind: URI: or DNS:"
            return self.guess(text.contains("://") ? "URI:\(text)" : "DNS:\(text)", kinds)
        }
    }

    private static func guess(_ guess: String, _ reason: String) -> String {
        self.problem(with: guess) == nil ? "\(reason); did you mean \"\(guess)\"?" : reason
    }

    private static func problem(uri: String) -> String? {
        if uri.isEmpty { return "is empty after its kind; write as in \"URI:spiffe://example.org/web\"" }
        if uri.contains("*") { return "has a wildcard, which matches nothing: give every name" }
        guard let colon = uri.firstIndex(of: ":"), colon != uri.startIndex, uri[uri.startIndex].isLetter else {
            if self.problem(dns: uri) == nil, uri.contains(".") { return self.guess("DNS:\(uri)", "is no URI") }
            return "is no URI: it has no scheme, as in \"URI:spiffe://example.org/web\""
        }
        if uri.hasPrefix("URI:") || uri.hasPrefix("DNS:") { return self.guess(uri, "has two kinds") }
        let rest = uri[uri.index(after: colon)...]
        return rest.allSatisfy { $0 == "/" } ? "is a scheme without a name" : nil
    }

    private static func problem(dns: String) -> String? {
        if dns.isEmpty { return "is empty after its kind; write as in \"DNS:web.example.org\"" }
        if dns.contains("*") { return "has a wildcard, which matches nothing: give every host" }
        if dns.contains("://") { return self.guess("URI:\(dns)", "is no host name") }
        if dns.hasPrefix("URI:") || dns.hasPrefix("DNS:") { return self.guess(dns, "has two kinds") }
        let isHost = dns.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_" }
        return isHost ? nil : "is no host name"
    }

    /// What is wrong with the names of all roles.
    static func problems(_ roles: ServerConfiguration.Roles) -> [String] {
        var problems: [String] = []
        var seen: [String: String] = [:]
        for (setting, names) in [
            ("roles.admin", roles.admin), ("roles.writer", roles.writer), ("roles.reader", roles.reader),
        ] {
            for name in names {
                if let problem = self.problem(with: name) { problems.append("\(setting): \"\(name)\" \(problem)") }
                if let other = seen[name], other != setting {
                    problems.append(
                        "\(setting): \"\(name)\" is in \(other) too, which includes this role: leave it in one of them"
                    )
                }
                seen[name] = seen[name] ?? setting
            }
        }
        for name in roles.monitor {
            if let problem = self.problem(with: name) { problems.append("roles.monitor: \"\(name)\" \(problem)") }
        }
        return problems
    }
}
