import Foundation
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// `likeness health` as a probe runs it, and the files it warns of.
@Suite(.freshDatabase) struct HealthCommandTests {
    @Test func `a probe needs no role, and its status says what it saw`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.tls.clientCertificateIsOptional = true },
            { fixture in
                try await TestFolders.withPath { folder in
                    let likeness = try BuiltProgram("likeness")
                    let admin = try fixture.writeClientFile(in: folder)
                    let anyone = "\(folder)/anyone.json"
                    let text = #"{"endpoint": "127.0.0.1:\#(fixture.port)", "ca_file": "client-ca.pem"}"#
                    try text.write(toFile: anyone, atomically: true, encoding: .utf8)
                    for client in [admin, anyone] {
                        func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                            try await likeness.run(["--connect", client, "health"] + arguments)
                        }
                        #expect(try await run() == .init(status: 0, output: "serving\n", errors: ""))
                        #expect(try await run("likeness.v1.SearchService", "--timeout", "5").status == 0)
                        #expect(try await run("SearchService").status == 0)
                        let json = try await run("--output", "json")
                        #expect(json.output == "{\"status\":\"SERVING_STATUS_SERVING\"}\n", "\(json)")
                        let unknown = try await run("likeness.v1.NoService")
                        #expect(unknown.status == 69 && unknown.output.isEmpty, "\(unknown)")
                    }
                }
            }
        )
    }

    @Test func `a service that does not serve ends a probe with 1`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let (likeness, client) = (try BuiltProgram("likeness"), try fixture.writeClientFile(in: folder))
                try await TestDatabase.current.pool.withConnection {
                    try await $0.executeScript("ALTER TABLE skills RENAME TO lost_skills")
                }
                var run = BuiltProgram.Run(status: 0, output: "", errors: "")
                _ = try await Patience.until {
                    run = try await likeness.run(["--connect", client, "health"])
                    return run.output == "not serving\n"
                }
                #expect(run == .init(status: 1, output: "not serving\n", errors: ""))
                let json = try await likeness.run(["--connect", client, "health", "--output", "json"])
                #expect(json.status == 1 && json.output.contains("NOT_SERVING"), "\(json)")
            }
        }
    }

    @Test func `a probe of a service that is not there fails and says what to do`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let client = try fixture.writeClientFile(in: folder)
                let text = try String(contentsOfFile: client, encoding: .utf8)
                // Nothing listens on port 1.
                try text.replacing("127.0.0.1:\(fixture.port)", with: "127.0.0.1:1")
                    .write(toFile: client, atomically: true, encoding: .utf8)
                let run = try await BuiltProgram("likeness").run(["--connect", client, "health"])
                #expect(run.status == 78 && run.errors.contains("is the service running?"), "\(run)")
                // One that is running and refuses is not asked for.
                let name = ", \"server_name\": \"else.example\"}"
                try (text.split(separator: "}", maxSplits: 1)[0] + name)
                    .write(toFile: client, atomically: true, encoding: .utf8)
                let refused = try await BuiltProgram("likeness").run(["--connect", client, "health"])
                #expect(refused.status == 78 && refused.errors.contains("is not for else.example"), "\(refused)")
                #expect(!refused.errors.contains("is the service running?"), "\(refused)")
            }
        }
    }

    @Test func `a key that others can read is warned of`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let client = try fixture.writeClientFile(in: folder)
                let key = "\(folder)/client.key"
                for (mode, warning) in [(0o600, nil), (0o640, nil), (0o644, "read"), (0o660, "change")]
                    as [(Int, String?)]
                {
                    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
                    let run = try await BuiltProgram("likeness").run(["--connect", client, "health"])
                    #expect(run.status == 0 && run.output == "serving\n")
                    let expected = warning.map {
                        "likeness: warning: \(key): others can \($0) it (mode \(String(mode, radix: 8))): chmod 600 it\n"
                    }
                    #expect(run.errors == expected ?? "", "\(run)")
                }
            }
        }
    }
}
