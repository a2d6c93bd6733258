import Foundation
import LikenessServer
import LikenessTesting
import Testing

/// What `likenessd` says to those who set it up.
struct DaemonCommandTests {
    @Test func `help shows its examples whole`() async throws {
        let help = try await BuiltProgram("likenessd").run(["serve", "--help"])
        #expect(help.output.contains("LIKENESS_DATABASE_URL=postgresql://… likenessd serve --listen"), "\(help)")
        // What quotes the arguments does not show their secrets.
        let mistake = try await BuiltProgram("likenessd").run(["serve", "postgresql://ada:secret@h/likeness"])
        #expect(mistake.status == 64 && !mistake.errors.contains("secret"), "\(mistake)")
    }

    @Test(arguments: ["status", "up"]) func `a migration that cannot connect says why`(command: String) async throws {
        let run = try await BuiltProgram("likenessd").run([
            "migrate", command, "--set", "database.url=host=127.0.0.1 port=1 user=nobody dbname=none",
        ])
        #expect(run.status != 0 && run.errors.contains("port 1 failed: Connection refused"), "\(run)")
    }

    @Test func `a folder is no configuration`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let run = try await BuiltProgram("likenessd").run(["migrate", "status", "--config", folder])
            #expect(run.status != 0 && run.errors.contains("\(folder): is a folder, not a file"), "\(run)")
        }
    }

    @Test func `a section that does not exist is refused, also when it is empty`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = "\(folder)/likenessd.json"
            for (section, name) in [("databse", "databse"), ("rpc", nil)] as [(String, String?)] {
                try #"{"\#(section)": {}}"#.write(toFile: file, atomically: true, encoding: .utf8)
                let run = try await BuiltProgram("likenessd").run(["migrate", "status", "--config", file])
                #expect(run.errors.contains("no such setting") == (name != nil), "\(section): \(run)")
                if let name { #expect(run.errors.contains("\(name): no such setting"), "\(run)") }
            }
        }
    }

    @Test(arguments: [
        (
            "{\n  \"listen\": \"127.0.0.1:1\",\n}",
            "invalid JSON at line 3, column 1: a name in double quotes is missing"
        ),
        (#"{"roles": {"admin": ["URI:a:b",]}}"#, "invalid JSON at line 1, column 32: "),
        (#"{"rpc": {"threads": 1, "threads": 2}}"#, "rpc.threads: occurs twice"),
        (#"{"rpc": {}, "rpc": {}}"#, "rpc: occurs twice"), ("[]", "an array, not an object"),
        (#"{"databse": {"url": "secret"}}"#, "databse.url: no such setting"),
        (#"{"databse": {"url": "secret"}}"#, "did you mean database.url?"),
        (#"{"log": "secret"}"#, "log: is a string, not an object with level"),
        (#"{"auth": null}"#, "auth: is null, not an object with token_file"),
        (#"{"listen": {"host": "secret"}}"#, "listen: is an object, not a text"),
    ]) func `what a configuration is not is said with its place`(json: String, text: String) async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = "\(folder)/likenessd.json"
            try json.write(toFile: file, atomically: true, encoding: .utf8)
            let run = try await BuiltProgram("likenessd").run(["migrate", "status", "--config", file])
            #expect(run.status != 0 && run.errors.contains(file) && run.errors.contains(text), "\(run)")
            #expect(!run.errors.contains("secret"))
        }
    }
}
