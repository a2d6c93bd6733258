import Foundation
import LikenessClient
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// `likeness profile watch` as a user runs it, against a real service.
@Suite(.freshDatabase) struct ProfileWatchCommandTests {
    @Test func `changes are shown, and a file keeps how far they were`() async throws {
        try await ServiceFixture.run(embeds: false, workers: [.profileFeed]) { fixture in
            func store(_ slug: String, _ headline: String = "") async throws {
                let person = Profile(slug: slug, displayName: slug, headline: headline)
                _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: [person]), options: .init())
            }
            try await store("ada")
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func watch(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["profile", "watch", "--once"] + arguments + ["--timeout", "120"],
                        environment: environment
                    )
                }
                let state = folder + "/feed.token"
                let first = try await watch("--from", "snapshot", "--state", state)
                #expect(
                    first.status == 0 && first.output.contains("exists") && first.output.contains("ada"),
                    "\(first)"
                )
                #expect(first.errors.contains("--state \(state)"), "\(first)")
                try await store("ada", "Nurse")
                try await store("bob")
                let second = try await watch("--state", state)
                let lines = second.output.split(separator: "\n")
                #expect(lines.count == 2, "\(second)")
                #expect(
                    lines[0].contains("updated") && lines[0].contains("headline") && lines[0].contains("revision 2")
                )
                #expect(lines[1].contains("created") && lines[1].contains("bob"))
                #expect(try await watch("--state", state).output.isEmpty)

                let json = try await watch("--from", "snapshot", "--profiles", "--output", "json")
                #expect(json.output.contains(#""displayName":"bob""#) && json.output.contains("EXISTING"), "\(json)")
                let token = try #require(json.output.matches(of: /"resumeToken":"([0-9a-f]+)"/).last?.1)
                let none = try await watch("--from", String(token))
                #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("--from"), "\(none)")
                let foreign = try await watch("--from", String(token), "--filter", "tags:x")
                #expect(foreign.status == 67 && foreign.errors.contains("resume_token"), "\(foreign)")
            }
        }
    }
}
