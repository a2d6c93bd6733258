import Foundation
import LikenessClient
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// `likeness saved-search` as a user runs it, against a real service.
@Suite(.freshDatabase) struct SavedSearchCommandTests {
    @Test func `a search is kept, watched, changed and deleted`() async throws {
        try await ServiceFixture.run(embeds: false, workers: [.savedSearches]) { fixture in
            let people = ["ada": "Sailed to port", "bob": "Baked bread"].map {
                Profile(slug: $0.key, displayName: $0.key.capitalized, summary: $0.value)
            }
            _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["saved-search"] + arguments + ["--timeout", "120"],
                        environment: environment
                    )
                }
                #expect(try await run("create", "sailors", "port", "--mode", "text").output == "created sailors\n")
                #expect(try await run("create", "sailors", "port", "--mode", "text").status == 70)
                let vague = try await run("create", "vague", "port")
                #expect(
                    vague.status == 67 && vague.errors.contains("saved_search.query.min_score is required"),
                    "\(vague)"
                )
                let nothing = try await run("create", "nothing")
                #expect(nothing.status == 64 && nothing.errors.contains("a text, or --filter"), "\(nothing)")

                let watched = try await run("watch", "sailors", "--once")
                #expect(watched.status == 0 && watched.output.hasPrefix("matches"), "\(watched)")
                #expect(watched.output.contains("Ada") && !watched.output.contains("Bob"), "\(watched)")
                let token = try #require(watched.output.firstMatch(of: /--from ([0-9a-f]+)/)?.1)
                let other = try await run("update", "sailors", "bread", "--mode", "text", "--description", "Bakers")
                #expect(other.output == "sailors has revision 2\n", "\(other)")
                let later = try await run("watch", "sailors", "--from", String(token), "--once", "--output", "json")
                #expect(later.output.contains("SEARCH_EVENT_KIND_MATCHED") && later.output.contains("bob"), "\(later)")
                #expect(later.output.contains("SEARCH_EVENT_KIND_CEASED"), "\(later)")
                let foreign = try await run("watch", "sailors", "--from", "00", "--once")
                #expect(foreign.status == 67 && foreign.errors.contains("resume_token"), "\(foreign)")

                let page = try await run("get", "sailors")
                for part in ["text: bread", "Bakers", "following, 1 match", "revision 2"] {
                    #expect(page.output.contains(part), "\(page)")
                }
                let list = try await run("list", "--all-owners")
                #expect(
                    list.output.contains("uri:spiffe://test/admin") && list.output.contains("text: bread"),
                    "\(list)"
                )
                // What is not given stays.
                #expect(try await run("update", "sailors", "--filter", "summary:bread").status == 0)
                #expect(try await run("update", "sailors", "bread baked", "--min-score", "0.2").status == 0)
                let filtered = try await run("get", "sailors")
                for part in ["text: bread baked", "score from 0.200", "filter: summary:bread", "Bakers"] {
                    #expect(filtered.output.contains(part), "\(filtered)")
                }
                #expect(try await run("update", "sailors", "--no-text").status == 0)
                let plain = try await run("get", "sailors")
                #expect(plain.output.contains("filter: summary:bread") && !plain.output.contains("text:"), "\(plain)")
                let modeless = try await run("update", "sailors", "--mode", "text")
                #expect(modeless.status == 64 && modeless.errors.contains("--mode"), "\(modeless)")
                let unchanged = try await run("update", "sailors")
                #expect(
                    unchanged.status == 64 && unchanged.errors.contains("what to change is missing"),
                    "\(unchanged)"
                )
                #expect(try await run("delete", "sailors", "--if-revision", "1").status == 74)
                #expect(try await run("delete", "sailors").output == "deleted sailors\n")
                #expect(try await run("get", "sailors").status == 69)
                #expect(try await run("list").output == "No saved searches.\n")
                let misspelt = try await likeness.run(["saved-serch", "list"], environment: environment)
                #expect(misspelt.status == 64 && misspelt.errors.contains("saved-search"), "\(misspelt)")
            }
        }
    }
    @Test func `a watch goes on at the address where the service comes back`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let likeness = try BuiltProgram("likeness")
            var started: BuiltProgram.Started?
            var output = ""
            func store(_ slug: String, _ summary: String, _ fixture: ServiceFixture) async throws {
                let person = Profile(slug: slug, displayName: slug.capitalized, summary: summary)
                _ = try await fixture.client.profiles.batchUpsertProfiles(.init(profiles: [person]), options: .init())
            }
            func read(until part: String) async {
                while !output.contains(part), let piece = await started?.piece(), !piece.isEmpty { output += piece }
                #expect(output.contains(part), "\(output)")
            }
            try await ServiceFixture.run(embeds: false, workers: [.savedSearches]) { fixture in
                let query = QueryRequest(query: .init(ask: .text(.init(text: "port", mode: .text))))
                _ = try await fixture.client.savedSearches.createSavedSearch(
                    .init(savedSearch: .init(name: "sailors", query: query)),
                    options: .init()
                )
                try await store("ada", "To port", fixture)
                let file = try fixture.writeClientFile(in: folder)
                started = try likeness.start(
                    ["saved-search", "watch", "sailors"],
                    environment: ["LIKENESS_CONNECT": file]
                )
                await read(until: "Ada")
            }
            try await ServiceFixture.run(embeds: false, workers: [.savedSearches]) { fixture in
                _ = try fixture.writeClientFile(in: folder)
                try await store("bob", "To port", fixture)
                try await store("ada", "At home", fixture)
                await read(until: "starts")
                await read(until: "ceases")
                let lines = output.split(separator: "\n")
                #expect(lines.contains { $0.contains("starts") && $0.contains("Bob") }, "\(output)")
                #expect(lines.contains { $0.contains("ceases") && $0.contains("Ada  ada") }, "\(output)")
                started?.interrupt()
                let ended = await started?.ended()
                #expect(ended?.errors.contains("it goes on with --from") == true, "\(String(describing: ended))")
            }
        }
    }
}
