package import Foundation

/// What a `client.json` says, before any of the files that it names is read.
package struct ClientFile: Sendable, Hashable {
    /// Why it is none, naming the property.
    package struct Problem: Error, Hashable { package let text: String }

    package let host: String
    package let port: Int
    package let authorityFile: String
    package let certificateFile: String?
    package let keyFile: String?
    package let serverName: String?
    package let tokenFile: String?

    private struct Contents: Decodable {
        let endpoint: String
        let ca_file: String
        let certificate_file: String?
        let key_file: String?
        let server_name: String?
        let token_file: String?
    }

    package init(parsing data: Data) throws(Problem) {
        let contents: Contents
        do {
            contents = try JSONDecoder().decode(Contents.self, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw Problem(text: "\(key.stringValue) is missing")
        } catch {
            throw Problem(text: "not a client.json")
        }
        guard let (host, port) = Self.hostAndPort(contents.endpoint) else {
            throw Problem(text: "endpoint \"\(contents.endpoint)\" is not HOST:PORT")
        }
        self.host = host
        self.port = port
        self.authorityFile = contents.ca_file
        self.certificateFile = contents.certificate_file
        self.keyFile = contents.key_file
        self.serverName = contents.server_name
        self.tokenFile = contents.token_file
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
