import Foundation
import LikenessLoad
import Testing

@Suite struct QueryVectorsTests {
    @Test func `vectors of a file are searched for in their order`() throws {
        let file = FileManager.default.temporaryDirectory.path + "/likeness-vectors-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "[1, 0.5]\n[0, -2]\n".write(toFile: file, atomically: true, encoding: .utf8)
        var mix = MixWorkload(mix: try MixSpecification("vector"))
        mix.vectors = try QueryVectors.lines(of: file)
        #expect(mix.vectors == [[1, 0.5], [0, -2]])
        #expect(mix.vectorRequests.count == 2)
        try "[1]\n{}\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect { try QueryVectors.lines(of: file) } throws: { "\($0)".hasSuffix(":2: not a JSON array of numbers") }
    }
}

@Suite struct SyntheticVectorsTests {
    private let vectors = SyntheticVectors(seed: 1)

    private func similarity(_ left: [Float], _ right: [Float]) -> Float {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private func mean(_ pairs: Int, _ make: (UInt64) -> ([Float], [Float])) -> Float {
        (0..<UInt64(pairs)).map { index in
            let (left, right) = make(index)
            return self.similarity(left, right)
        }.reduce(0, +) / Float(pairs)
    }

    @Test func `the same seed makes the same vectors, of length 1`() {
        let vector = self.vectors.vector(field: 3, index: 9)
        #expect(vector == SyntheticVectors(seed: 1).vector(field: 3, index: 9))
        #expect(vector != SyntheticVectors(seed: 2).vector(field: 3, index: 9))
        #expect(vector.count == SyntheticVectors.dimension)
        #expect(abs(self.similarity(vector, vector) - 1) < 1e-5)
    }

    /// What is 0.26 within a field and 0.16 otherwise between embeddings of the model.
    @Test func `what is about the same lies near`() {
        func vector(_ field: UInt64, _ index: UInt64) -> [Float] {
            self.vectors.vector(field: Int(field % 14), index: index)
        }
        let field = self.mean(1_000) { (vector($0, $0), vector($0, $0 + 1_000)) }
        let other = self.mean(1_000) { (vector($0, $0), vector($0 + 1 + $0 / 14 % 13, $0 + 1_000)) }
        #expect(other > 0.12 && other < 0.2, "\(other)")
        #expect(field > other + 0.02 && field < 0.3, "\(field)")
    }

    /// Where vectors fill few directions, real ones are an island beside them.
    @Test func `many directions are used, none much more than others`() {
        let vectors = (0..<400).map { self.vectors.question($0) }
        let count = Float(vectors.count)
        let mean = vectors[0].indices.map { place in vectors.reduce(0) { $0 + $1[place] } / count }
        let centred = vectors.map { zip($0, mean).map { $0 - $1 } }
        let variance = centred.reduce(0) { $0 + self.similarity($1, $1) }
        var squares: Float = 0
        for left in centred {
            for right in centred { squares += self.similarity(left, right) * self.similarity(left, right) }
        }
        // The participation ratio: of 400 embeddings of the model 58, of these 50, of vectors in 20 directions at most 20.
        #expect(variance * variance / squares > 40, "\(variance * variance / squares)")
        let length = self.similarity(mean, mean).squareRoot()
        #expect(length > 0.35 && length < 0.5, "\(length)")
    }
}
