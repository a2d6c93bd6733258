import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository

/// Profiles with embeddings that lie in clusters, as real ones do; the same in every run.
enum ClusteredVectors {
    /// Embeddings of one profile each, but for every tenth profile, which has ten.
    ///
    /// - Parameter withIndex: Has a vector index, however few they are.
    static func fill(
        _ fixture: RepositoryFixture,
        sections: Int,
        clusters: Int = 50,
        withIndex: Bool = true
    ) async throws {
        let space = try await fixture.embeddings.space(named: "")
        let centres = self.vectors(count: clusters, seed: 1)
        var random = SplitMix(seed: 2)
        var profileIDs: [UUID] = []
        var loaded: [LoadedEmbedding] = []
        while loaded.count < sections {
            let profile = self.uuid(&random)
            profileIDs.append(profile)
            for section in 0..<(profileIDs.count.isMultiple(of: 10) ? 10 : 1) where loaded.count < sections {
                let centre = centres[Int.random(in: 0..<clusters, using: &random)]
                loaded.append(
                    LoadedEmbedding(
                        profileID: profile,
                        sectionID: section == 0 ? profile : self.uuid(&random),
                        kind: section == 0 ? .summary : .experience,
                        values: self.near(centre, &random)
                    )
                )
            }
        }
        let ids = profileIDs
        try await fixture.pool.withConnection { connection in
            _ = try await connection.copyIn(
                "COPY profiles (id, slug, display_name) FROM STDIN (FORMAT binary)"
            ) { writer in
                for (index, id) in ids.enumerated() {
                    try await writer.writeRow(id, "person-\(index)", "Person \(index)")
                }
            }
        }
        // Building the index at the end is many times faster than adding to it.
        try await fixture.execute("DROP INDEX IF EXISTS \(space.table.index)")
        try await fixture.embeddings.bulkLoad(loaded, into: space, deadline: nil)
        if withIndex { try await fixture.buildVectorIndexes() }
        try await fixture.execute("ANALYZE")
        fixture.search.forgetCatalog()
    }

    /// Questions near the clusters.
    static func questions(_ count: Int, clusters: Int = 50) -> [[Float]] {
        let centres = self.vectors(count: clusters, seed: 1)
        var random = SplitMix(seed: 3)
        return (0..<count).map { self.near(centres[$0 % clusters], &random) }
    }

    private static func vectors(count: Int, seed: UInt64) -> [[Float]] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { _ in (0..<384).map { _ in Float.random(in: -1...1, using: &random) } }
    }

    /// Noise to take pieces of: drawing each number anew takes seconds in a debug build.
    private static let noise: [Float] = {
        var random = SplitMix(seed: 4)
        return (0..<20_000).map { _ in 0.8 * Float.random(in: -1...1, using: &random) }
    }()

    private static func near(_ centre: [Float], _ random: inout SplitMix) -> [Float] {
        let start = Int.random(in: 0..<self.noise.count - centre.count, using: &random)
        return zip(centre, self.noise[start...]).map { $0 + $1 }
    }

    private static func uuid(_ random: inout SplitMix) -> UUID {
        let (a, b) = (random.next(), random.next())
        let hex = [a, b].map { String(repeating: "0", count: $0.leadingZeroBitCount / 4) + String($0, radix: 16) }
            .joined()
        let digits = Array(String(hex.suffix(32)))
        let parts = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
        return UUID(uuidString: parts.map { String($0) }.joined(separator: "-")) ?? UUID()
    }
}
