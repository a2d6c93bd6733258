import Foundation
import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTesting
import Synchronization
import Testing

/// Another writer between what an import reads and what it writes.
@Suite(.freshDatabase) struct ImportCollisionTests {
    /// Does something once between the look of an import, who has these keys, and its write.
    private final class BetweenLookAndWrite: ServerInterceptor {
        private let pending = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func set(_ body: @escaping @Sendable () async throws -> Void) { self.pending.withLock { $0 = body } }

        func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
            if call.method.name == "BatchUpsertProfiles" {
                // Taken first: what it does may write too.
                let body = self.pending.withLock { pending in
                    defer { pending = nil }
                    return pending
                }
                try await body?()
            }
            return try await next()
        }
    }

    @Test(arguments: ["slug", "email"])
    func `an import looks again where another writer came between its look and its write`(kind: String) async throws {
        let between = BetweenLookAndWrite()
        try await ServiceFixture.run(embeds: false, interceptors: [between]) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                @Sendable func document(_ key: String, _ name: String, _ summary: String) -> String {
                    kind == "slug"
                        ? #"{"meta":{"canonical":"\#(key)"},"basics":{"name":"\#(name)","summary":"\#(summary)"}}"#
                        : #"{"basics":{"name":"\#(name)","summary":"\#(summary)","email":"\#(key)@example.org"}}"#
                }
                @Sendable func run(_ lines: [String]) async throws -> ImportCommand.Report {
                    try await ImportCommand.run("-", input: lines.joined(separator: "\n"), client: connect).report
                }
                let stored = try await run([document("old", "Zoë Braun", "1."), document("calm", "Max Braun", "1.")])
                #expect(stored.created == 2 && stored.warnings == 0)
                // A stranger takes the new key, and another import has a newer version of the old one.
                let others = [document("new", "Ines Okafor", "S."), document("old", "Zoë Braun", "2.")]
                between.set {
                    let other = try await run(others)
                    #expect(other.outcomes == ["created", "updated"] && other.warnings == 0)
                }
                let lines = [
                    document("new", "Zoë Weber", "3."), document("old", "Zoë Braun", "3."),
                    document("calm", "Max Braun", "3."),
                ]
                let report = try await ImportCommand.run(
                    "-",
                    input: lines.joined(separator: "\n"),
                    client: connect,
                    status: 1
                )
                .report
                // The stranger is another person and is kept.
                #expect(report.outcomes == ["refused", "updated", "updated"], "\(report)")
                #expect(
                    report.people[0].reason?.contains("--allow-rename") == true && report.warnings == 0,
                    "\(report)"
                )
                let now = try await fixture.client.profiles.getProfile(
                    .init(key: .init(key: .id(report.people[1].id))),
                    options: .init()
                )
                #expect(now.profile?.summary == "3." && now.profile?.revision == 3)
                #expect(try await run([others[0]]).outcomes == ["unchanged"])
            }
        }
    }
}
