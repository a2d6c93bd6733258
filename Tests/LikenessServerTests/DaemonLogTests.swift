import Foundation
import LikenessTesting
import Testing

/// The log of `likenessd serve`, as those who run it see it.
@Suite(.freshDatabase) struct DaemonLogTests {
    private static func objects(_ log: String) throws -> [[String: Any]] {
        try log.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(object as? [String: Any], "\(line)")
        }
    }

    @Test func `JSON from the first line to the last, calls with what the database did for them`() async throws {
        var log = ""
        let status = try await ServedDaemon.run(["log.format=json", "log.level=debug"]) {
            (daemon: ServedDaemon) async throws -> Void in
            let listed = try await daemon.likeness(["profile", "list"])
            #expect(listed.status == 0, "\(listed)")
            #expect(try await daemon.logs("ProfileService/ListProfiles"))
            kill(daemon.process, SIGTERM)
            #expect(try await daemon.logs(#""message":"stopped""#))
            log = daemon.log
        }
        #expect(status == 0)
        let lines = try Self.objects(log)
        let time = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z/
        for line in lines {
            #expect((line["time"] as? String)?.wholeMatch(of: time) != nil, "\(line)")
            #expect(["severity", "logger", "message", "module"].allSatisfy { line[$0] is String }, "\(line)")
        }
        #expect(lines.first?["message"] as? String == "starting" && lines.first?["commit"] is String)
        #expect((lines.first?["version"] as? String)?.isEmpty == false)
        let call = try #require(
            lines.first { ($0["method"] as? String)?.hasSuffix("/ListProfiles") == true && $0["code"] != nil }
        )
        #expect(call["code"] as? String == "OK" && call["duration_ms"] is Int)
        #expect((call["database_ms"] as? Double).map { $0 >= 0 } == true && (call["rows"] as? Int ?? 0) >= 1, "\(call)")
        #expect((call["peer"] as? String)?.wholeMatch(of: /127\.0\.0\.1:[0-9]+/) != nil, "\(call)")
    }

    @Test func `text unless it is asked for, with priorities where systemd reads them`() async throws {
        let journal = "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); export JOURNAL_STREAM"
        let form =
            /(<[2-7]>)?[-0-9T:.]+Z (info|notice|warning) [a-z.]+:( [a-z_0-9]+=\S+| [a-z_0-9]+=".*")* \[[A-Za-z]+\] .+/
        for (before, prefix) in [("", ""), (journal, "<6>")] {
            try await ServedDaemon.run(before: before) { (daemon: ServedDaemon) async throws -> Void in
                #expect(try await daemon.logs("serving"))
                let lines = daemon.log.split(separator: "\n")
                #expect(lines.allSatisfy { $0.wholeMatch(of: form) != nil }, "\(lines)")
                #expect(lines.contains { $0.hasPrefix(prefix + "2") && $0.hasSuffix("starting") }, "\(lines)")
                #expect(lines.allSatisfy { $0.hasPrefix("<") == !prefix.isEmpty })
            }
        }
    }

    @Test func `SIGHUP changes the level, and a file that cannot be read changes nothing`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = "\(folder)/likenessd.json"
            func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
            try write(#"{"log": {"level": "warning"}}"#)
            try await ServedDaemon.run(configuration: file) { (daemon: ServedDaemon) async throws -> Void in
                #expect(!daemon.log.contains(" info "))
                try write(#"{"log": {"level": "debug"}}"#)
                kill(daemon.process, SIGHUP)
                #expect(try await daemon.logs("from=warning to=debug"))
                #expect(try await daemon.health().status == 0)
                #expect(try await daemon.logs(" debug likeness.access: "))

                try write(#"{"log": {"level": "loud"}}"#)
                kill(daemon.process, SIGHUP)
                #expect(try await daemon.logs("keeping the previous log.level: log.level: "))

                try write(#"{"log": {"level": "error"}}"#)
                kill(daemon.process, SIGHUP)
                #expect(try await daemon.logs("from=debug to=error"))
                let lines = daemon.log.split(separator: "\n").count
                #expect(try await daemon.health().status == 0)
                // An audited call has its line at any level.
                #expect(try await daemon.likeness(["admin", "operations", "list"]).status == 0)
                #expect(try await daemon.logs("AdminService/ListOperations"))
                #expect(
                    daemon.log.split(separator: "\n").dropFirst(lines).allSatisfy { $0.contains(" likeness.audit: ") }
                )
            }
        }
    }
}
