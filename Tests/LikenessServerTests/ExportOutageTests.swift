import Glibc
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// The database dies under an export.
@Suite struct ExportOutageTests {
    @Test func `an export whose database dies ends with UNAVAILABLE, and not as if it were whole`() async throws {
        guard TestCluster.shared.isAvailable else {
            try #require(Environment["LIKENESS_REQUIRE_PG"] != "1", "there is no PostgreSQL to test with")
            return
        }
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings = ["shared_buffers": "32MB"]
            let logger = Logger(label: "test")
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres").patient)
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness").patient)
            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2)
            ) { fixture in
                let client = fixture.client
                let text = String(repeating: "long ", count: 1_000)
                for batch in 0..<10 {
                    let people = (0..<100).map { Profile(slug: "p-\(batch)-\($0)", displayName: "P", summary: text) }
                    _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
                }
                let error = await ServiceFixture.failure {
                    // Most of it is not read yet when the first message is taken.
                    try await ExportedProfiles.read(client) { messages in
                        guard messages == 1 else { return }
                        kill(cluster.process, SIGKILL)
                        _ = await cluster.exit()
                    }
                }
                #expect(error?.code == .unavailable, "\(String(describing: error))")
            }
            await cluster.stop()
        }
    }
}
