import Foundation
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

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
            let pool = ConnectionPool(cluster.connection(database: "postgres").patient, logger: logger)
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

    @Test func `a log that has grown long is set aside at the next start`() async throws {
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            let logger = Logger(label: "likeness.test")
            try await PrivateCluster.start(configuration, logger: logger).stop()
            let long = Data(repeating: 0x78, count: 9 << 20)
            try long.write(to: URL(fileURLWithPath: "\(folder)/server.log"))
            try await PrivateCluster.start(configuration, logger: logger).stop()
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/server.log")).count < 1 << 20)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/server.log.1")) == long)
        }
    }
}
