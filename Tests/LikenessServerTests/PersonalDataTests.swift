import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// All that is stored about one person, and nothing of others.
@Suite(.freshDatabase) struct PersonalDataTests {
    private struct Exported: Sendable {
        var profile: Profile?
        var revisions: [ProfileRevision] = []
        var rows: [StoredRow] = []
        var totals: PersonalDataTotals?
        var messages = 0

        func texts(of table: String) -> [String] { self.rows.filter { $0.table == table }.map(\.rowJson) }

        static func read(_ client: LikenessClient, _ key: ProfileKey) async throws -> Exported {
            try await client.admin.exportPersonalData(.init(key: key), options: .init()) { responses in
                var found = Exported()
                while let response = try await responses.next() {
                    found.messages += 1
                    #expect((response.profile != nil) == (found.messages == 1))
                    found.profile = response.profile ?? found.profile
                    found.revisions += response.revisions
                    found.rows += response.rows
                    found.totals = response.totals
                }
                return found
            }
        }
    }

    @Test func `every table that has anything of the person is in it`() async throws {
        let audit = RecordedLog()
        try await ServiceFixture.run(
            embeds: false,
            embedders: MarkedPerson.embedders,
            roles: MarkedPerson.roles,
            auditLogger: audit.logger,
            workers: [.savedSearches, .views, .words],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            let client = fixture.client
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: MarkedPerson.reader)
            let person = MarkedPerson.profile()
            _ = try await MarkedPerson.spread(person, fixture, reader)
            let ids = [person.id, person.identityId, person.experiences[0].id, person.skills[0].id]
            let places = try await MarkedPerson.places(of: ids + [MarkedPerson.mark])
            let tables = MarkedPerson.tables(places).subtracting(["pg_stats"])
            #expect(tables.count >= 19, "\(tables)")

            let exported = try await Exported.read(client, .init(key: .slug("\(MarkedPerson.mark)-zero")))
            let totals = try #require(exported.totals)
            let named = Set(totals.tables.map(\.table))
            #expect(tables.subtracting(named) == [], "not exported")
            #expect(totals.tables.allSatisfy { $0.rowCount > 0 && !$0.purpose.isEmpty })
            #expect(totals.tables.map(\.table) == totals.tables.map(\.table).sorted())
            for table in totals.tables {
                let rows = Int64(exported.rows.count { $0.table == table.table })
                switch table.table {
                case "profiles", "experiences", "skills", "external_ids": #expect(rows == 0 && table.rowCount == 1)
                case "profile_revisions": #expect(Int64(exported.revisions.count) == table.rowCount)
                default: #expect(rows == table.rowCount, "\(table.table)")
                }
            }
            let (from, to) = (try #require(totals.readTime), try #require(totals.backupsExpireTime))
            #expect(to.seconds - from.seconds == 30 * 86_400)

            let stored = try await client.profiles.getProfile(.init(key: .init(key: .id(person.id))), options: .init())
            #expect(exported.profile == stored.profile)
            #expect(exported.revisions.map(\.revision) == [2, 1])
            #expect(exported.revisions[0].oldValues?.displayName == "Zqxvearlier")
            #expect(exported.texts(of: "former_slugs").count == 1)
            #expect(exported.texts(of: "former_slugs").allSatisfy { $0.contains("\(MarkedPerson.mark)-zero") })
            #expect(exported.texts(of: "embeddings_all_minilm_l6_v2").allSatisfy { $0.contains("\"embedding\": \"[") })

            // Of others there is nothing: of searches that found several people not who they are, nor who searched.
            let others = try await MarkedPerson.rows("SELECT id::text FROM profiles WHERE slug LIKE 'other%'").map {
                $0[0]
            }
            #expect(others.count == 5)
            for text in exported.rows.map(\.rowJson) {
                #expect(!others.contains { text.contains($0) } && !text.contains("spiffe"), "\(text)")
            }

            // The same of a profile that is deleted, by its id.
            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .id(person.id))), options: .init())
            let deleted = try await Exported.read(client, .init(key: .id(person.id)))
            #expect(deleted.profile?.deleteTime != nil && deleted.revisions.count == 3 && deleted.totals != nil)

            let lines = audit.lines.filter { $0.contains("ExportPersonalData") }
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("target=\(person.id)") }, "\(lines)")
            #expect(!audit.lines.contains { $0.lowercased().contains(MarkedPerson.mark) }, "\(audit.lines)")
            await reader.close()
        }
    }

    @Test func `many revisions and rows come in messages of some size, each once`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            let client = fixture.client
            let summary = String(repeating: "summary ", count: 2_000)
            let key = ProfileKey(key: .slug("p"))
            let first = Profile(slug: "p", displayName: "P", headline: "0", summary: summary)
            _ = try await client.profiles.createProfile(.init(profile: first), options: .init())
            for number in 1...60 {
                _ = try await client.profiles.updateProfile(
                    .init(
                        key: key,
                        profile: .init(headline: "\(number)", summary: "\(number) \(summary)"),
                        updateMask: .init(paths: ["headline", "summary"])
                    ),
                    options: .init()
                )
            }
            let exported = try await Exported.read(client, key)
            #expect(exported.revisions.map(\.revision) == Array((1...61).reversed()))
            #expect(exported.revisions.dropLast().map { $0.oldValues?.headline } == (0..<60).reversed().map { "\($0)" })
            // Behind the first 50 another page begins.
            #expect(Set(exported.texts(of: "profile_feed")).count == 61)
            #expect(exported.messages > 6, "a megabyte of revisions in pieces: \(exported.messages)")
        }
    }

    @Test func `who may not, and what is not there`() async throws {
        try await ServiceFixture.run(embeds: false, roles: MarkedPerson.roles) { fixture in
            let client = fixture.client
            _ = try await client.profiles.createProfile(
                .init(profile: Profile(slug: "ada", displayName: "Ada")),
                options: .init()
            )
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: MarkedPerson.reader)
            let key = ProfileKey(key: .slug("ada"))
            for (caller, request, code) in [
                (reader, ExportPersonalDataRequest(key: key), LikenessError.Code.permissionDenied),
                (client, ExportPersonalDataRequest(key: .init(key: .slug("eve"))), .notFound),
                (client, ExportPersonalDataRequest(key: .init(key: .id(UUID().uuidString.lowercased()))), .notFound),
                (client, ExportPersonalDataRequest(), .invalidArgument),
            ] {
                let error = await ServiceFixture.failure {
                    try await caller.admin.exportPersonalData(request, options: .init()) { responses in
                        while try await responses.next() != nil {}
                    }
                }
                #expect(error?.code == code, "\(request)")
            }
            // An erased one is not there either; one that is created anew under its id is, with the note of the erasure.
            let id = try await client.admin.eraseProfile(.init(key: key), options: .init()).id
            let gone = await ServiceFixture.failure { _ = try await Exported.read(client, .init(key: .id(id))) }
            #expect(gone?.code == .notFound)
            _ = try await client.profiles.createProfile(
                .init(profile: Profile(id: id, slug: "ada", displayName: "Ada")),
                options: .init()
            )
            let again = try await Exported.read(client, .init(key: .id(id)))
            #expect(again.texts(of: "erasures").count == 1 && again.profile?.revision == 1)
            await reader.close()
        }
    }
}
