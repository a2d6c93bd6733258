import FoundationEssentials
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// Repositories on the database of `.freshDatabase`, and what must hold of the vectors in it.
struct EmbeddedDatabase: Sendable {
    let database: Database
    let profiles: ProfileRepository
    let embeddings: EmbeddingRepository

    static func run(_ body: (EmbeddedDatabase) async throws -> Void) async throws {
        let pool = ConnectionPool(
            TestDatabase.current.configuration,
            .patient,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let database = Database(pool: pool)
        let result: Result<Void, any Error>
        do {
            try await body(
                EmbeddedDatabase(
                    database: database,
                    profiles: ProfileRepository(
                        database: database,
                        pageTokens: try await PageTokens.load(from: database)
                    ),
                    embeddings: EmbeddingRepository(database: database)
                )
            )
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        try result.get()
    }

    func script(_ text: String) async throws {
        try await self.database.pool.withConnection { try await $0.executeScript(SQL(verbatim: text)) }
    }

    /// Makes a space of 384 dimensions.
    func makeSpace(_ name: String, model: String, isActive: Bool = false) async throws -> EmbeddingSpaceInfo {
        let space = try await self.embeddings.createSpace(name: name, model: model, dimension: 384)
        if isActive { try await self.embeddings.activate(name) }
        return space
    }

    private struct Key: Hashable {
        let kind: Int16
        let id: UUID

        /// Of a section's first part.
        var section: Key { Key(kind: self.kind & 15, id: self.id) }
    }

    /// What is wrong with a space: a vector that is not this model's of the section's present text though none is to come, or
    /// of a section that does not exist. Empty when all is well. While it looks nothing is written.
    func faults(in space: EmbeddingSpaceInfo, of model: FakeEmbedder, isDone: Bool) async throws -> [String] {
        try await self.database.pool.withConnection { connection in
            var texts: [Key: String] = [:]
            let found = try await connection.execute(Statement("", "SELECT id FROM profiles"))
            var ids: [UUID] = []
            for row in 0..<found.rowCount { ids.append(try found.value(row, 0)) }
            for id in ids {
                let profile = try await self.profiles.get(ProfileKey(key: .id(id.uuidString.lowercased())))
                for section in SectionText.sections(of: profile) {
                    let id = try #require(UUID(uuidString: section.id))
                    for (number, part) in model.parts(of: section.text, countMax: 32).texts.enumerated() {
                        texts[Key(kind: Int16(section.kind.rawValue) | Int16(number) << 4, id: id)] = part
                    }
                }
            }
            let waiting = try await connection.execute(
                Statement("", "SELECT kind, section_id FROM embedding_outbox WHERE space = $1", [.text]),
                Parameters(space.name)
            )
            var pending: Set<Key> = []
            for row in 0..<waiting.rowCount {
                pending.insert(Key(kind: try waiting.value(row, 0), id: try waiting.value(row, 1)))
            }
            let stored = try await connection.execute(
                Statement("", "SELECT kind, section_id, embedding FROM \(space.table.name)")
            )
            var vectors: [Key: [Float]] = [:]
            for row in 0..<stored.rowCount {
                let key = Key(kind: try stored.value(row, 0), id: try stored.value(row, 1))
                vectors[key] = try stored.value(row, 2, as: Vector.self).values
            }
            var faults: [String] = []
            for (key, vector) in vectors where !pending.contains(key.section) {
                guard let text = texts[key] else {
                    faults.append("\(key) is no section")
                    continue
                }
                if !Self.areEqual(vector, model.vector(text)) { faults.append("\(key) is not of \(text)") }
            }
            for key in texts.keys where vectors[key] == nil && !pending.contains(key.section) {
                faults.append("\(key) has no vector and waits for none")
            }
            if isDone, !pending.isEmpty { faults.append("\(pending.count) wait") }
            return faults
        }
    }

    private static func areEqual(_ left: [Float], _ right: [Float]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-5 }
    }
}

extension FakeEmbedder {
    /// Of all parts of a text.
    func vectors(_ text: String) -> SectionVectors {
        let parts = self.parts(of: text, countMax: SectionVectors.partsMax)
        return SectionVectors(parts.texts.map { self.vector($0) }, isCut: parts.isCut)
    }
}
