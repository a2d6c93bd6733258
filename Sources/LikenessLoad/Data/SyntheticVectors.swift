internal import LikenessStatistics

/// Embeddings that no model computed, lying as the model's do: in the same part of the space and in as many directions.
///
/// Vectors in few directions, or somewhere else, make an island of real people stored beside them, to which an HNSW index finds
/// no way. So a vector here is mixed from `EmbeddingBank`: the bank's mean, the deviation of one section of the same field,
/// and a random deviation out of all sections. The squares of both shares add up to 1, which keeps lengths and variances as
/// they are in the bank. `docs/load-testing.md` compares the outcome with real embeddings.
package struct SyntheticVectors: Sendable {
    package static let dimension = 384
    /// Of the section of the same field; the larger it is, the closer the nearest neighbours.
    private static let ownShare: Float = 0.6
    private static let mixedCount = 16
    /// Of each of the mixed deviations.
    private static let mixedShare = ((1 - Self.ownShare * Self.ownShare) / Float(Self.mixedCount)).squareRoot()

    private static let mean: [Float] = {
        var sum = [Float](repeating: 0, count: Self.dimension)
        for vector in EmbeddingBank.vectors { Self.add(vector, 1 / Float(EmbeddingBank.vectors.count), to: &sum) }
        return sum
    }()
    /// Of each vector of the bank from their mean.
    private static let deviations: [[Float]] = EmbeddingBank.vectors.map { zip($0, Self.mean).map { $0 - $1 } }

    private let seed: UInt64

    /// - Parameter seed: Vectors of two seeds are different ones that lie in the same way.
    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed ^ 0x5EED_0F5E_C705)
        self.seed = random.next()
    }

    /// The vector of one section, of length 1.
    ///
    /// - Parameters:
    ///   - field: An index of `Lexicon.fields`.
    ///   - index: Distinguishes the sections of a field.
    package func vector(field: Int, index: UInt64) -> [Float] {
        var random = SplitMix64(seed: self.seed ^ (index &* 0x9E6C_63D0_876A_46D5))
        let deviations = Self.deviations
        var values = Self.mean
        let own = field * EmbeddingBank.sectionsPerField + random.below(EmbeddingBank.sectionsPerField)
        Self.add(deviations[own], Self.ownShare, to: &values)
        for _ in 0..<Self.mixedCount {
            let other = random.below(deviations.count)
            Self.add(deviations[other], Self.mixedShare * random.normal(), to: &values)
        }
        return Self.unit(values)
    }

    /// A question: near sections that exist, equal to none.
    package func question(_ index: Int) -> [Float] {
        var random = SplitMix64(seed: UInt64(truncatingIfNeeded: index) ^ 0xA5C_0DE)
        return self.vector(field: random.below(Lexicon.fields.count), index: random.next())
    }

    private static func add(_ direction: [Float], _ share: Float, to values: inout [Float]) {
        for place in values.indices { values[place] += direction[place] * share }
    }

    static func unit(_ values: [Float]) -> [Float] {
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
