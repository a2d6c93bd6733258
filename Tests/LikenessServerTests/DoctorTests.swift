import Foundation
import LikenessTLS
import LikenessTesting
import Testing

@testable import LikenessPostgres
@testable import LikenessRepository
@testable import LikenessServer

/// `likenessd check-config` and `likenessd doctor`, beside a service that runs.
@Suite(.freshDatabase) struct DoctorTests {
    struct Seen: Decodable, Hashable {
        let check: String
        let status: String
        let message: String
        let remedy: String
    }

    private static func doctor(
        _ settings: [String],
        limit: String = ""
    ) async throws -> (status: Int32, findings: [Seen]) {
        let arguments = ["doctor", "--output", "json"] + settings.flatMap { ["--set", $0] }
        let program = try BuiltProgram("likenessd").path
        let run = try await BuiltProgram(path: "/bin/sh").run(
            ["-c", "\(limit)\nexec \"$0\" \"$@\"", program] + arguments
        )
        let findings = try JSONDecoder().decode([Seen].self, from: Data(run.output.utf8))
        #expect(run.errors.isEmpty, "\(run)")
        #expect(findings.allSatisfy { ($0.status == "ok") == $0.remedy.isEmpty }, "\(findings)")
        #expect((run.status == 1) == findings.contains { $0.status == "fail" }, "\(run)")
        return (run.status, findings)
    }

    private static func changed(_ settings: [String], _ changes: [String]) -> [String] {
        let names = Set(changes.map { $0.prefix { $0 != "=" } })
        return settings.filter { !names.contains($0.prefix { $0 != "=" }) } + changes
    }

    @Test func `what works is ok in every respect`() async throws {
        try await ServedDaemon.run { (daemon: ServedDaemon) async throws -> Void in
            let (status, findings) = try await Self.doctor(daemon.settings)
            #expect(status == 0)
            let checks = [
                "configuration", "certificates", "callers", "secrets", "descriptors", "memory", "database", "encoding",
                "connections", "clock", "extensions", "disk", "migrations", "rights", "database log", "model",
            ]
            #expect(Set(findings.map(\.check)) == Set(checks))
            // Of the machine and of pgvector this test knows nothing.
            let others: Set = ["descriptors", "memory", "disk", "extensions", "database log", "connections"]
            #expect(findings.filter { !others.contains($0.check) }.allSatisfy { $0.status == "ok" }, "\(findings)")

            // For people the same.
            let text = try await BuiltProgram("likenessd").run(["doctor"] + daemon.settings.flatMap { ["--set", $0] })
            #expect(text.status == 0 && text.output.contains("ok    encoding: UTF8\n"), "\(text)")
        }
    }

    @Test func `what is wrong is named, with what mends it`() async throws {
        try await ServedDaemon.run { (daemon: ServedDaemon) async throws -> Void in
            let folder = daemon.folder
            let old = try daemon.authority.issue(
                .init(
                    commonName: "server",
                    alternativeNames: ["DNS:localhost"],
                    use: .server,
                    validFromDays: -20,
                    validToDays: -10
                )
            )
            try old.certificatePEM.write(toFile: "\(folder)/old.pem", atomically: true, encoding: .utf8)
            try old.privateKeyPEM.write(toFile: "\(folder)/old.key", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder)/old.key")
            let database = TestDatabase.current.configuration
            let socket = try #require(database.endpoints.first?.host)
            for (changes, check, status, message, remedy) in [
                (
                    ["tls.certificate_file=\(folder)/old.pem", "tls.key_file=\(folder)/old.key"], "certificates",
                    "fail",
                    "expired at ", "deploy/ca"
                ),
                (["tls.key_file=\(folder)/old.key"], "secrets", "warn", "old.key: others can read it", "chmod 600"),
                (
                    ["tls.key_file=\(folder)/none"], "certificates", "fail",
                    "tls.key_file: \(folder)/none: No such file", "make the file"
                ),
                (
                    ["auth.token_file=\(folder)/ca.pem"], "callers", "fail",
                    "auth.token_file: \(folder)/ca.pem: line 1", "likenessd token"
                ),
                (["roles.admin="], "callers", "warn", "every call is refused", "roles.admin"),
                (
                    ["database.url=host=\(socket) user=\(database.user) dbname=nowhere"], "database", "fail", "nowhere",
                    "createdb --owner"
                ),
                (["database.url=host=127.0.0.1 port=1 user=a"], "database", "fail", "refused", "start PostgreSQL"),
                (["database.max_connections=1000"], "connections", "warn", "1002", "max_connections"),
                (
                    ["embedding.provider=in_process", "embedding.home=\(folder)"], "model", "fail", "is missing",
                    "embedding.home"
                ), (["log.level=loud"], "configuration", "fail", "log.level: ", "likenessd settings"),
            ] {
                let (_, findings) = try await Self.doctor(Self.changed(daemon.settings, changes))
                let found = findings.first { $0.check == check && $0.status == status }
                #expect(found?.message.contains(message) == true, "\(changes): \(findings)")
                #expect(found?.remedy.contains(remedy) == true, "\(changes): \(findings)")
            }
            let (_, findings) = try await Self.doctor(daemon.settings, limit: "ulimit -n 300")
            #expect(findings.contains { $0.check == "descriptors" && $0.message.hasPrefix("300 may be open") })
        }
    }

    @Test func `a database that is not ready says what to run first`() async throws {
        let database = TestDatabase.current.configuration
        let name = "\(database.database)_bare"
        let connection = try await Connection.open(database)
        defer { connection.close() }
        try await connection.executeScript("CREATE DATABASE \(SQL(quoting: name)) TEMPLATE template0")
        try await ServedDaemon.run { (daemon: ServedDaemon) async throws -> Void in
            let socket = try #require(database.endpoints.first?.host)
            let url = "database.url=host=\(socket) user=\(database.user) dbname=\(name)"
            let (_, findings) = try await Self.doctor(Self.changed(daemon.settings, [url]))
            let missing = findings.filter { $0.check == "extensions" && $0.status == "fail" }
            #expect(
                missing.contains { $0.message == "vector is missing" && $0.remedy.hasSuffix("CREATE EXTENSION vector") }
            )
            let migrations = try #require(findings.first { $0.check == "migrations" })
            #expect(migrations.status == "fail" && migrations.remedy.hasSuffix("likenessd migrate up"), "\(migrations)")
        }
        try await connection.executeScript("DROP DATABASE \(SQL(quoting: name))")
    }

    @Test func `servers that do not do are told apart`() {
        func facts(
            _ number: Int = 150_004,
            encoding: String = "UTF8",
            standby: Bool = false,
            vector: String? = "0.8.2",
            available: String? = "0.8.2"
        ) -> DatabaseFacts {
            DatabaseFacts(
                version: "v",
                versionNumber: number,
                encoding: encoding,
                connectionsMax: 97,
                isStandby: standby,
                clock: 0,
                dataFolder: nil,
                extensions: [.init(name: "vector", version: vector, availableVersion: available)]
            )
        }
        let configuration = ServerConfiguration(
            tls: .init(certificateFile: "", keyFile: "", clientCAFile: ""),
            database: .init(url: "")
        )
        let examination = DatabaseExamination(configuration)
        func worst(_ facts: DatabaseFacts, offset: Double = 0) -> String {
            let findings = examination.findings(facts, offset: offset, isHere: true).filter { $0.status != .ok }
            return findings.map { "\($0.status.rawValue) \($0.check)" }.joined(separator: ",")
        }
        #expect(worst(facts()) == "")
        #expect(worst(facts(149_999)) == "fail database")
        #expect(worst(facts(standby: true)) == "warn database")
        #expect(worst(facts(encoding: "SQL_ASCII")) == "fail encoding")
        #expect(worst(facts(vector: "0.8.1")) == "warn extensions" && worst(facts(vector: "0.10.0")) == "")
        #expect(worst(facts(vector: nil)) == "fail extensions")
        #expect(worst(facts(vector: nil, available: nil)) == "fail extensions")
        #expect(worst(facts(), offset: -1.9) == "" && worst(facts(), offset: -2) == "warn clock")
    }

    // MARK: check-config

    @Test func `a configuration that can be used is, and everything else is named at once`() async throws {
        try await ServedDaemon.run { (daemon: ServedDaemon) async throws -> Void in
            func check(_ settings: [String], _ file: String? = nil) async throws -> BuiltProgram.Run {
                let given = settings.flatMap { ["--set", $0] } + (file.map { ["--config", $0] } ?? [])
                return try await BuiltProgram("likenessd").run(["check-config"] + given)
            }
            let good = try await check(daemon.settings)
            #expect(
                good.status == 0 && good.output == "the configuration can be used\n" && good.errors.isEmpty,
                "\(good)"
            )

            let file = "\(daemon.folder)/likenessd.json"
            try #"{"databse": {"url": "x"}, "rpc": {"threads": 0}, "log": {"format": "xml"}}"#.write(
                toFile: file,
                atomically: true,
                encoding: .utf8
            )
            let bad = try await check(
                Self.changed(daemon.settings, ["listen=nowhere", "roles.admin=*"]) + ["no.such=1"],
                file
            )
            #expect(bad.status == 1 && bad.output.isEmpty, "\(bad)")
            let names = bad.errors.split(separator: "\n").map { $0.split(separator: " ")[1] }
            #expect(
                Set(names) == ["no.such:", "databse.url:", "rpc.threads:", "log.format:", "listen:", "roles.admin:"],
                "\(bad)"
            )

            // What every setting of which can be read, and which still would not start.
            let unusable = try await check(
                Self.changed(
                    daemon.settings,
                    ["database.url=host=/tmp service=x", "tls.key_file=/none", "auth.token_file=/none"]
                )
            )
            #expect(unusable.status == 1, "\(unusable)")
            for name in ["database.url: ", "tls.key_file: /none: ", "auth.token_file: /none: "] {
                #expect(unusable.errors.contains("likenessd: \(name)"), "\(unusable)")
            }
            let mismatch = try await check(Self.changed(daemon.settings, ["tls.key_file=\(daemon.folder)/ca.pem"]))
            #expect(mismatch.status == 1 && mismatch.errors.contains("likenessd: tls: "), "\(mismatch)")
            // One file that cannot be read hides nothing of what is wrong with the others.
            let several = try await check(
                Self.changed(
                    daemon.settings,
                    [
                        "tls.key_file=\(daemon.folder)/ca.pem", "auth.token_file=/none",
                        "embedding.provider=in_process", "embedding.home=/none",
                    ]
                )
            )
            for name in ["tls: ", "auth.token_file: /none: ", "embedding: "] {
                #expect(several.errors.contains("likenessd: \(name)"), "\(several)")
            }
        }
    }
}
