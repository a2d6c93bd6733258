package import Foundation
internal import LikenessReflection

/// What a `client.json` says, before any of the files that it names is read.
package struct ClientFile: Sendable, Hashable {
    /// Why it is none, naming the property, or the place where it is no JSON.
    package struct Problem: Error, Hashable { package let text: String }

    package let host: String
    package let port: Int
    package let authorityFile: String
    package let certificateFile: String?
    package let keyFile: String?
    package let serverName: String?
    package let tokenFile: String?

    package init(parsing data: Data) throws(Problem) {
        let contents: JSONNode
        do {
            contents = try JSONParser.parse(Array(data))
        } catch {
            throw Problem(text: error.problem)
        }
        guard case .object(let members) = contents else {
            throw Problem(text: "is \(contents.kind), not an object")
        }
        func text(_ name: String) throws(Problem) -> String? {
            switch members.last(where: { $0.name == name })?.value {
            case .string(let text)?: return text
            case .null?, nil: return nil
            case let value?: throw Problem(text: "\(name) is \(value.kind), not a text")
            }
        }
        func required(_ name: String) throws(Problem) -> String {
            guard let text = try text(name) else { throw Problem(text: "\(name) is missing") }
            return text
        }
        let endpoint = try required("endpoint")
        guard let (host, port) = Self.hostAndPort(endpoint) else {
            throw Problem(text: "endpoint \"\(endpoint)\" is not HOST:PORT")
        }
        self.host = host
        self.port = port
        self.authorityFile = try required("ca_file")
        self.certificateFile = try text("certificate_file")
        self.keyFile = try text("key_file")
        if (self.certificateFile == nil) != (self.keyFile == nil) {
            let names = ["certificate_file", "key_file"]
            let (given, missing) = self.keyFile == nil ? (names[0], names[1]) : (names[1], names[0])
            throw Problem(text: "\(missing) is missing beside \(given)")
        }
        self.serverName = try text("server_name")
        self.tokenFile = try text("token_file")
    }

    /// Reads `HOST:PORT` or `[IPV6]:PORT`.
    package static func hostAndPort(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        return (String(host), port)
    }
}
