import Foundation
import LikenessTesting
import Logging
import Testing

@testable import LikenessPostgres
@testable import LikenessServer

/// The log of the server that `likenessd dev` starts.
@Suite(.enabled(if: TestCluster.shared.isAvailable)) struct DevelopmentDatabaseTests {
    @Test func `neither slow nor failed statements leave texts of queries and profiles in it`() async throws {
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings = DevelopmentInstance.databaseSettings
            // Every statement counts as slow.
            configuration.settings["log_min_duration_statement"] = "0"
            let logger = Logger(label: "likeness.test")
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            let pool = ConnectionPool(cluster.connection(database: "postgres").patient, .patient, logger: logger)
            let echo = Statement("echo", "SELECT $1::text", [.text])
            _ = try await pool.execute(echo, Parameters("slow-secret"))
            let number = Statement("number", "SELECT $1::text::integer", [.text])
            await #expect(throws: DatabaseError.self) {
                _ = try await pool.execute(number, Parameters("failed-secret"))
            }
            await pool.shutDown()
            await cluster.stop()
            let log = try String(contentsOfFile: "\(folder)/server.log", encoding: .utf8)
            #expect(log.contains("SELECT $1::text"), "slow statements are logged")
            #expect(!log.contains("secret"), "\(log)")
        }
    }

    private static func data(_ file: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file)) }

    @Test func `a log that has grown long is set aside at the next start, with its end`() async throws {
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            let logger = Logger(label: "likeness.test")
            try await PrivateCluster.start(configuration, logger: logger).stop()
            let end = Data(repeating: 0x78, count: configuration.logBytesMax)
            try (Data("begin".utf8) + end).write(to: URL(fileURLWithPath: "\(folder)/server.log"))
            try await PrivateCluster.start(configuration, logger: logger).stop()
            #expect(try Self.data("\(folder)/server.log").count < 1 << 20)
            #expect(try Self.data("\(folder)/server.log.1") == end)
        }
    }

    @Test func `a log that grows long while the server runs is set aside, and the server goes on writing it`()
        async throws
    {
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings["log_min_messages"] = "log"
            configuration.logBytesMax = 100_000
            let logger = Logger(label: "likeness.test")
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            let pool = ConnectionPool(cluster.connection(database: "postgres").patient, .patient, logger: logger)
            func log(_ text: String) async throws {
                let long = String(repeating: "x", count: 900)
                let script = "DO $$ BEGIN RAISE LOG '\(text) \(long)'; END $$"
                try await pool.withConnection { try await $0.executeScript(SQL(verbatim: script)) }
            }
            for round in 1...3 {
                try? FileManager.default.removeItem(atPath: "\(folder)/server.log.1")
                for line in 0..<150 { try await log("round \(round) line \(line)") }
                try await log("after \(round)")
                // Looked at once a second: what was set aside may have grown long again by now, and is set aside next.
                let isBounded = try await Patience.until {
                    let size = try Self.data("\(folder)/server.log").count
                    return FileManager.default.fileExists(atPath: "\(folder)/server.log.1")
                        && size <= configuration.logBytesMax
                }
                #expect(isBounded)
                let now = String(decoding: try Self.data("\(folder)/server.log"), as: UTF8.self)
                // Appended at the new end: a file with a hole would begin with zeros.
                #expect(!now.contains("\0"))
                let older = String(decoding: try Self.data("\(folder)/server.log.1"), as: UTF8.self)
                #expect(older.contains(" line 1"))
                #expect((older + now).contains("after \(round)"))
                #expect(older.utf8.count <= 2 * configuration.logBytesMax)
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/server.log.1")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            await pool.shutDown()
            await cluster.stop()
        }
    }

    @Test func `a link in the log's place leads nowhere`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (log, target) = (ClusterLog(path: "\(folder)/server.log", bytesMax: 10), "\(folder)/precious")
            let long = Data(repeating: 0x78, count: 100)
            try long.write(to: URL(fileURLWithPath: target))
            try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: target)
            #expect(!log.setAsideIfLong())
            try FileManager.default.removeItem(atPath: log.path)
            try FileManager.default.linkItem(atPath: target, toPath: log.path)
            #expect(!log.setAsideIfLong())
            #expect(try Self.data(target) == long)
            // Nor does one in the place of the older log.
            try FileManager.default.removeItem(atPath: log.path)
            try long.write(to: URL(fileURLWithPath: log.path))
            try FileManager.default.createSymbolicLink(atPath: "\(log.path).1", withDestinationPath: target)
            try FileManager.default.createSymbolicLink(atPath: "\(log.path).1.new", withDestinationPath: target)
            #expect(log.setAsideIfLong())
            #expect(try Self.data(target) == long)
            #expect(try Self.data("\(log.path).1").count == 10 && Self.data(log.path).isEmpty)
        }
    }
}
