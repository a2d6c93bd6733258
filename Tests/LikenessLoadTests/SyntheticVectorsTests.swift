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
        let theme = SectionTheme(field: 3, skill: 2)
        let vector = self.vectors.vector(theme, index: 9)
        #expect(vector == SyntheticVectors(seed: 1).vector(theme, index: 9))
        #expect(vector != SyntheticVectors(seed: 2).vector(theme, index: 9))
        #expect(vector.count == SyntheticVectors.dimension)
        #expect(abs(self.similarity(vector, vector) - 1) < 1e-5)
    }

    @Test func `what is about the same lies near`() {
        let skill = self.mean(60) {
            let theme = SectionTheme(field: Int($0 % 14), skill: 1)
            return (self.vectors.vector(theme, index: $0), self.vectors.vector(theme, index: $0 + 1_000))
        }
        let field = self.mean(60) {
            (
                self.vectors.vector(.init(field: Int($0 % 14), skill: 1), index: $0),
                self.vectors.vector(.init(field: Int($0 % 14), skill: 2), index: $0 + 1_000)
            )
        }
        let other = self.mean(60) {
            (
                self.vectors.vector(.init(field: Int($0 % 14), skill: 1), index: $0),
                self.vectors.vector(.init(field: Int(($0 + 5) % 14), skill: 1), index: $0 + 1_000)
            )
        }
        #expect(skill > 0.5 && skill < 0.75, "\(skill)")
        #expect(field > 0.3 && field < skill - 0.1, "\(field)")
        #expect(other < 0.2, "\(other)")
    }
}
