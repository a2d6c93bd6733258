import LikenessClient
import LikenessLoad
import LikenessMessages
import LikenessTesting
import Testing

/// Real people who come into a database of made-up ones.
@Suite(.freshDatabase) struct SyntheticPeopleTests {
    private static func people(_ client: LikenessClient) async throws -> ComponentHealth? {
        try await client.admin.getHealth(.init(), options: .init()).components.first { $0.name == "people" }
    }

    @Test func `health, import and the log warn of synthetic people`() async throws {
        let warning = "all-MiniLM-L6-v2 holds synthetic embeddings of likeness-load"
        func resume(_ name: String) -> String { #"{"basics": {"name": "\#(name)"}}"# }
        let command = ["profile", "import", "-", "--no-wait", "--quiet"]
        try await ServedDaemon.run { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            let before = try await daemon.likeness(command, input: resume("Ada"))
            #expect(before.status == 0 && !before.errors.contains("synthetic"), "\(before)")
            #expect(try await Self.people(client) == nil)

            _ = try await DatabaseLoad(profiles: 3, seed: 1, embeddings: .clustered)
                .run(connection: TestDatabase.current.configuration) { _ in }
            var people: ComponentHealth?
            _ = try await Patience.until {
                people = try await Self.people(client)
                return people != nil
            }
            #expect(people?.status == .serving && people?.message.hasPrefix(warning) == true)
            #expect(!daemon.log.contains("synthetic"))

            for name in ["Bea", "Cleo"] {
                let run = try await daemon.likeness(command, input: resume(name))
                #expect(run.status == 0 && run.errors.contains("likeness: warning: \(warning)"), "\(run)")
            }
            #expect(try await daemon.logs("profiles are stored among synthetic ones"))
            let lines = daemon.log.split(separator: "\n")
            #expect(lines.count { $0.contains("synthetic") } == 1, "\(daemon.log)")
            let status = try await daemon.likeness(["admin", "status"])
            #expect(status.output.contains("people: serving  \(warning)"), "\(status)")
            await client.close()
        }
    }
}
