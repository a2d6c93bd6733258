import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

/// `likenessd` as it is, on a database that a later release has migrated.
@Suite(.freshDatabase) struct NextReleaseTests {
    /// What `likenessd migrate up` of a release with one more migration does.
    private static func migrate(_ added: (name: String, sql: String)...) async throws {
        var migrations = try Migration.all(inFolder: TestDatabase.migrationsFolder)
        for (offset, file) in added.enumerated() {
            let number = "\(10_000 + migrations.count + 1)".dropFirst()
            migrations.append(try Migration(fileName: "\(number)_\(file.name).sql", sql: file.sql))
            #expect(migrations.last?.version == migrations.count, "\(offset)")
        }
        let runner = try MigrationRunner(migrations, logger: Logger(label: "test"))
        try await runner.apply(TestDatabase.current.configuration, lockDeadline: .now + Patience.limit)
    }

    private static let expanding = (
        name: "of_the_next_release",
        sql: "-- likeness: change=expand\nALTER TABLE profiles ADD COLUMN nickname text NOT NULL DEFAULT '';"
    )
    private static let contracting = (
        name: "of_the_one_after",
        sql: "-- likeness: change=contract\nALTER TABLE profiles DROP COLUMN headline CASCADE;"
    )

    @Test func `it serves and starts again after one that expands, and says which one it cannot live with`()
        async throws
    {
        try await ServedDaemon.run { daemon in
            #expect(try await daemon.logs(" serving"))
            let client = try daemon.client()
            #expect(try await Patience.until { try await daemon.health().output == "serving\n" })
            try await Self.migrate(Self.expanding)
            // Through more than one look at the database.
            for _ in 0..<15 {
                #expect(try await daemon.health() == .init(status: 0, output: "serving\n", errors: ""))
                try await Task.sleep(for: .milliseconds(500))
            }
            let created = try await client.profiles.createProfile(
                .init(profile: .init(slug: "sailor", displayName: "Sam Sail")),
                options: .init()
            )
            #expect(created.profile?.slug == "sailor")
            #expect(!daemon.log.contains(" error "), "\(daemon.log)")
            await client.close()
        }
        // Old ones may be started again.
        try await ServedDaemon.run { daemon in
            #expect(try await daemon.logs(" serving"))
            #expect(try await Patience.until { try await daemon.health().status == 0 })
            try await Self.migrate(Self.expanding, Self.contracting)
            #expect(try await Patience.until { try await daemon.health().status == 1 })
            #expect(try await daemon.logs("of_the_one_after"))
            let line = daemon.log.split(separator: "\n").first { $0.contains("of_the_one_after") }
            #expect(line?.contains(" error ") == true && line?.contains("upgrade this daemon") == true, "\(daemon.log)")
            // It goes on running, for who asks what is wrong.
            let status = try daemon.client()
            #expect(try await status.admin.getHealth(.init(), options: .init()).status == .notServing)
            await status.close()
        }
    }
}
