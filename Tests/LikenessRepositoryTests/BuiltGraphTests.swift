import Foundation
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

@testable import LikenessRepository

/// What an index is built with, what is added to it with, and what its space knows of both.
@Suite struct BuiltGraphTests {
    private static let table = "embeddings_all_minilm_l6_v2"

    /// The settings of the vector index, then what the space says of it.
    private static func description(_ fixture: RepositoryFixture) async throws -> String {
        try await fixture.value(
            """
            SELECT array_to_string(i.reloptions, ' ') || '; ' || concat_ws(' ', s.index_method, s.m, s.ef_construction, s.vectors_built)
            FROM embedding_spaces s JOIN pg_class i ON i.oid = to_regclass(s.table_name || '_ann')
            """
        )
    }

    private static func reindex(_ fixture: RepositoryFixture, _ request: ReindexRequest) async throws {
        let reindexer = fixture.reindexer()
        let operation = try await reindexer.start(request)
        let ended = try await fixture.operations.wait(for: operation.id, timeout: .seconds(60))
        #expect(ended.state == .succeeded)
        await reindexer.shutDown()
    }

    @Test(
        .freshDatabase,
        arguments: [
            (ReindexRequest(), "m=16 ef_construction=64; hnsw 16 200 600"),
            (ReindexRequest(efConstruction: 100), "m=16 ef_construction=64; hnsw 16 100 600"),
            // Never more than it was built with, nor less than pgvector takes.
            (ReindexRequest(efConstruction: 40), "m=16 ef_construction=40; hnsw 16 40 600"),
            (ReindexRequest(m: 40, efConstruction: 90), "m=40 ef_construction=80; hnsw 40 90 600"),
        ]
    )
    func `a rebuilt index takes rows with fewer candidates than it was built with, and its space knows those`(
        request: ReindexRequest,
        expected: String
    ) async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600)
            try await Self.reindex(fixture, request)
            #expect(try await Self.description(fixture) == expected)
            let space = try await fixture.embeddings.space(named: "")
            let statistics = try await fixture.statistics.statistics()
            #expect(
                statistics.embeddingSpaces.first?.index?.parameters
                    == "m=\(space.m), ef_construction=\(space.efConstruction)"
            )
            // It can still be added to, and the settings are pgvector's to accept.
            _ = try await fixture.profiles.create(Samples.curie())
            try await fixture.embedAll()
            try await fixture.execute("REINDEX INDEX \(Self.table)_ann")
        }
    }

    @Test(.freshDatabase) func `a bulk load builds as a reindex does, and no less densely than before`() async throws {
        try await RepositoryFixture.run { fixture in
            let loader = BulkLoader(database: fixture.database)
            for (m, expected) in [(16, 64), (48, 96)] {
                try await fixture.execute("UPDATE embedding_spaces SET m = \(m)")
                let space = try await fixture.embeddings.space(named: "")
                let holder = try await Connection.open(fixture.configuration)
                defer { holder.close() }
                try await loader.dropIndex(of: space, holding: holder)
                let people = (0..<20).map { number in
                    var person = Samples.named("Person \(m) \(number)")
                    person.slug = "person-\(m)-\(number)"
                    let vectors = SectionText.sections(of: person).map { section in
                        SectionVectors([WordVectors.vector(section.text)])
                    }
                    return BulkProfile(profile: person, vectors: vectors)
                }
                try await loader.load(people, into: space)
                try await loader.buildIndex(of: space)
                let count: Int64 = try await fixture.value("SELECT count(*) FROM \(Self.table)")
                #expect(
                    try await Self.description(fixture) == "m=\(m) ef_construction=\(expected); hnsw \(m) 200 \(count)"
                )
            }
        }
    }

    /// The daemon that built it ended between two statements.
    @Test(.freshDatabase) func `an index that was finished and not yet named describes itself`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            try await Self.reindex(fixture, ReindexRequest(method: .ivfflat, lists: 7))
            try await fixture.execute(
                """
                ALTER INDEX \(Self.table)_ann RENAME TO \(Self.table)_ann_next;
                UPDATE embedding_spaces SET index_method = 'hnsw', lists = 100, vectors_built = NULL
                """
            )
            await fixture.reindexer().recover()
            #expect(try await Self.description(fixture) == "lists=7; ivfflat 16 200 300")
            #expect(try await fixture.embeddings.space(named: "").indexMethod == .ivfflat)
        }
    }

    @Test func `the contract says what a build takes that is not told`() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(
            contentsOf: repository.appending(path: "proto/likeness/v1/admin_service.proto"),
            encoding: .utf8
        )
        func number(of what: String) throws -> Int? {
            let line = try #require(text.split(separator: "\n").first { $0.contains("// HNSW \(what)") })
            return line.firstMatch(of: /0 means (\d+)/).flatMap { Int($0.1) }
        }
        #expect(try number(of: "connections per layer") == IndexBuild.mDefault)
        #expect(try number(of: "candidates while building") == IndexBuild.efConstructionDefault)
    }
}
