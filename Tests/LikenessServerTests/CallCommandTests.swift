import Foundation
import LikenessTLS
import LikenessTesting
import Testing

/// `likeness list`, `describe` and `call` as a user runs them, against a real service.
@Suite(.freshDatabase) struct CallCommandTests {
    @Test func `any method can be found, read about and called from a shell`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder), "NO_COLOR": "1"]
                func run(_ arguments: String..., input: String = "") async throws -> BuiltProgram.Run {
                    try await likeness.run(arguments + ["--timeout", "120"], environment: environment, input: input)
                }

                let services = try await run("list")
                #expect(services.output.contains("likeness.v1.SearchService"), "\(services)")
                #expect(services.output.contains("likeness.rpc.v1.HealthService"))
                let methods = try await run("list", "AdminService")
                #expect(methods.output.contains("GetHealth"), "\(methods)")
                let method = try await run("describe", "ProfileService/CreateProfile")
                #expect(method.output.contains("rpc CreateProfile(CreateProfileRequest)"), "\(method)")
                #expect(method.output.contains("\nmessage CreateProfileRequest {\n"))

                let json = #"{"profile": {"displayName": "Ada Lovelace", "tags": ["x"]}, "requestId": null}"#
                let file = "\(folder)/request.json"
                try json.write(toFile: file, atomically: true, encoding: .utf8)
                let created = try await run("call", "ProfileService/CreateProfile", "@\(file)", "--output", "json")
                #expect(created.status == 0, "\(created)")
                #expect(created.output.contains(#""displayName":"Ada Lovelace""#))
                #expect(created.output.hasSuffix("}\n") && created.output.dropLast().contains("\n") == false)

                let query = #"{"query": {"text": {"text": "Lovelace", "mode": "SEARCH_MODE_TEXT"}}}"#
                let found = try await run("call", "searchservice/query", "-", input: query)
                #expect(found.output.contains("Ada Lovelace"), "\(found)")
                let health = try await run("call", "HealthService/Check", "--proto-names")
                #expect(health.output == "{\n  \"status\": \"SERVING_STATUS_SERVING\"\n}\n", "\(health)")
            }
        }
    }

    @Test func `what goes wrong is one line and a status`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                for (arguments, status, text) in [
                    (["SerchService/Query"], 64, "the server has no service SerchService; did you mean"),
                    (["SearchService/Qeury"], 64, "likeness.v1.SearchService has no method Qeury; did you mean Query?"),
                    (
                        ["SearchService/Query", #"{"query": {"txt": 1}}"#], 64,
                        "query.txt: likeness.v1.Query has no such field"
                    ),
                    (["SearchService/Query", "{"], 64, "invalid JSON at line 1, column 2"),
                    (
                        ["SearchService/Query", "@/no/such/file"], 1,
                        "/no/such/file: cannot be read: No such file or directory"
                    ),
                    (["SearchService/Query", "{} {}"], 64, "takes one request"),
                    (["SearchService/Query", "{}", "--metadata", "A=b"], 64, "is not KEY=VALUE"),
                    (["ProfileService/GetProfile", "{}"], 67, "INVALID_ARGUMENT: key is required"),
                    (["HealthService/Check", #"{"service": "x"}"#], 69, "NOT_FOUND: there is no service x"),
                ] as [([String], Int32, String)] {
                    let run = try await likeness.run(["call"] + arguments, environment: environment)
                    #expect(run.status == status, "\(arguments): \(run)")
                    #expect(run.errors.contains(text), "\(arguments): \(run)")
                    #expect(run.output.isEmpty)
                    if !arguments.contains("--metadata") { #expect(run.errors.split(separator: "\n").count == 1) }
                }
            }
        }
    }
}

extension ServiceFixture {
    /// A client.json of an administrator, and the files that it names.
    func writeClientFile(in folder: String, name: String = "URI:spiffe://test/admin") throws -> String {
        let issued = try self.authority.issue(
            .init(commonName: "client", alternativeNames: [name], use: .client)
        )
        let text = """
            {
              "endpoint": "127.0.0.1:\(self.port)", "ca_file": "client-ca.pem",
              "certificate_file": "client.pem", "key_file": "client.key"
            }
            """
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, content) in [
            ("client-ca.pem", self.authority.certificatePEM), ("client.pem", issued.certificatePEM),
            ("client.key", issued.privateKeyPEM), ("client.json", text),
        ] {
            try content.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder)/\(name)")
        }
        return "\(folder)/client.json"
    }
}
