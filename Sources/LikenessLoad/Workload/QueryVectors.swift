internal import Foundation
internal import LikenessStatistics

/// Query vectors: of a file, or the same for the same seed.
package enum QueryVectors {
    /// Reads a JSON array of numbers a line.
    package static func lines(of file: String) throws -> [[Float]] {
        let vectors = try MessageTemplate.lines(of: file).enumerated().map { index, line in
            guard let vector = try? JSONDecoder().decode([Float].self, from: Data(line.utf8)), !vector.isEmpty else {
                throw OptionError("\(file):\(index + 1): not a JSON array of numbers")
            }
            return vector
        }
        guard !vectors.isEmpty else { throw OptionError("\(file) has no lines") }
        return vectors
    }

    /// Of the embeddings of the default model.
    static let dimension = 384

    /// Normally distributed components: every direction is as likely as any other.
    static func next(_ random: inout SplitMix64, dimension: Int = Self.dimension) -> [Float] {
        (0..<dimension).map { _ in
            // The sum of four uniform numbers is near enough to a normal one.
            (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &random) }
        }
    }
}
