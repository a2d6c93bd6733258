import Foundation
import LikenessClient
import Testing

@Suite struct ClientConfigurationTests {
    @Test(arguments: [
        ("localhost:7000", "localhost", 7000), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65_535),
    ])
    func `endpoints are read and written alike`(text: String, host: String, port: Int) throws {
        let endpoint = try #require(ClientConfiguration.Endpoint(text))
        #expect(endpoint == .init(host: host, port: port))
        #expect(endpoint.description == text)
    }

    @Test(arguments: ["", "localhost", ":7000", "localhost:", "localhost:0", "localhost:65536", "localhost:x", "[]:1"])
    func `other texts are no endpoints`(text: String) {
        #expect(ClientConfiguration.Endpoint(text) == nil)
    }

    /// Writes files into a folder of their own, which is removed afterwards.
    private func inFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-client-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
        try body(folder)
    }

    private let complete = """
        {"endpoint": "localhost:7000", "ca_file": "ca.pem", "certificate_file": "a.pem", "key_file": "a.key",
         "server_name": "search.example"}
        """

    @Test func `files are found beside client json`() throws {
        try self.inFolder(["client.json": self.complete, "ca.pem": "CA", "a.pem": "CERT", "a.key": "KEY"]) { folder in
            let configuration = try ClientConfiguration(environment: ["LIKENESS_CONNECT": "\(folder)/client.json"])
            #expect(configuration.endpoints == [.init(host: "localhost", port: 7000)])
            #expect(configuration.authorityPEM == "CA")
            #expect(configuration.certificatePEM == "CERT")
            #expect(configuration.privateKeyPEM == "KEY")
            #expect(configuration.serverName == "search.example")
        }
    }

    @Test func `files that an editor has put a byte order mark in front of are read`() throws {
        let files = ["client.json": self.complete, "ca.pem": "CA", "a.pem": "CERT", "a.key": "KEY"]
        try self.inFolder(files.mapValues { "\u{FEFF}" + $0 }) { folder in
            let configuration = try ClientConfiguration(file: "\(folder)/client.json")
            #expect(configuration.endpoints == [.init(host: "localhost", port: 7000)])
            #expect(configuration.authorityPEM == "CA" && configuration.privateKeyPEM == "KEY")
        }
    }

    @Test(arguments: [
        (#"{"endpoint": "localhost:7000"}"#, "ca_file is missing"),
        ("nonsense", "invalid JSON at line 1, column 1: not a JSON value"),
        ("[]", "is an array, not an object"), (#"{"endpoint": 7000}"#, "endpoint is a number, not a text"),
        (
            "{\n  \"endpoint\": \"localhost:1\",\n  \"ca_file\": \"ca.pem\",\n}",
            "invalid JSON at line 4, column 1: a name in double quotes is missing"
        ),
        (
            #"{"endpoint": "localhost:1", "ca_file": "ca.pem", "certificate_file": "a.pem"}"#,
            "key_file is missing beside certificate_file"
        ),
        (
            #"{"endpoint": "localhost:1", "ca_file": "ca.pem", "key_file": "a.key", "certificate_file": null}"#,
            "certificate_file is missing beside key_file"
        ),
        (#"{"endpoint": "localhost", "ca_file": "ca.pem"}"#, "endpoint \"localhost\" is not HOST:PORT"),
        (#"{"endpoint": "localhost:1", "ca_file": "none.pem"}"#, "none.pem: cannot be read: No such file or directory"),
    ])
    func `what is wrong is named`(json: String, message: String) throws {
        try self.inFolder(["client.json": json, "ca.pem": "CA"]) { folder in
            let error = #expect(throws: LikenessError.self) { try ClientConfiguration(file: "\(folder)/client.json") }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.hasPrefix("\(folder)/client.json: ") == true)
            #expect(error?.message.hasSuffix(message) == true)
        }
    }

    @Test func `an environment without a service says so`() {
        let error = #expect(throws: LikenessError.self) { try ClientConfiguration(environment: [:]) }
        #expect(error?.message.hasPrefix("LIKENESS_CONNECT is not set") == true)
    }

    @Test func `certificates that cannot be used are refused before any call`() {
        let error = #expect(throws: LikenessError.self) {
            try LikenessClient(
                configuration: .init(endpoints: [.init(host: "localhost", port: 1)], authorityPEM: "nonsense")
            )
        }
        #expect(error?.message.hasPrefix("the CA file is not PEM") == true)
    }
}
