import Testing

@testable import LikenessLoad

@Suite struct EmbeddingBankTests {
    @Test func `every field has its vectors, of length 1`() {
        #expect(EmbeddingBank.vectors.count == 14 * EmbeddingBank.sectionsPerField)
        for vector in EmbeddingBank.vectors {
            #expect(vector.count == SyntheticVectors.dimension)
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
    }

    @Test(.enabled(if: InstalledModel.isWanted, "no model is installed: run scripts/setup"))
    func `the committed bank is what the model says of its texts today`() async throws {
        let made = try await EmbeddingBank.embedded()
        try #require(made.count == EmbeddingBank.vectors.count)
        for (index, (committed, made)) in zip(EmbeddingBank.vectors, made).enumerated() {
            // Eight bits a number take off a few ten-thousandths; processors differ by less than a hundredth.
            let similarity = zip(committed, made).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(similarity > 0.99, "vector \(index): \(similarity); run scripts/generate-embedding-bank")
        }
        #expect(EmbeddingBank.source(of: made).hasPrefix("// swift-format-ignore-file\n"))
    }
}
