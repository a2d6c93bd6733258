/// Embeddings that nobody computed, lying as real ones do: near each other when they are about the same.
///
/// A sentence transformer puts texts of one field near each other, those of one skill nearer still, and uses few of its 384
/// directions for that: what it tells apart lies in a space of some twenty dimensions. So a vector here is a point of a
/// space of 20 (its field's place, its skill's, and a spread around them), turned into 384 dimensions, with a little noise
/// everywhere. Were each field a direction of its own, fields would be islands between which a graph index finds no way.
/// Typical cosine similarities, measured by `SyntheticVectorsTests`: 0.6 within a skill, 0.4 within a field, near 0.1
/// otherwise.
package struct SyntheticVectors: Sendable {
    package static let dimension = 384
    private static let meaningCount = 20
    private static let skillCount = 12

    /// What all texts share.
    private let common: [Float]
    /// The space of meanings within all 384 dimensions.
    private let meanings: [[Float]]
    private let fields: [[Float]]
    private let skills: [[Float]]

    /// - Parameter seed: Of the space; vectors of two seeds have nothing in common.
    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed ^ 0x5EED_0F5E_C705)
        self.common = Self.direction(Self.dimension, &random)
        self.meanings = (0..<Self.meaningCount).map { _ in Self.direction(Self.dimension, &random) }
        self.fields = Lexicon.fields.map { _ in Self.direction(Self.meaningCount, &random) }
        self.skills = (0..<Lexicon.fields.count * Self.skillCount).map { _ in
            Self.direction(Self.meaningCount, &random)
        }
    }

    /// The vector of one section, of length 1.
    ///
    /// - Parameter index: Tells one section of a theme from another.
    package func vector(_ theme: SectionTheme, index: UInt64) -> [Float] {
        var random = SplitMix64(seed: index &* 0x9E6C_63D0_876A_46D5 &+ 0x1234_5678)
        let field = theme.field % self.fields.count
        let skill = field * Self.skillCount + theme.skill % Self.skillCount
        var values = [Float](repeating: 0, count: Self.dimension)
        Self.add(self.common, 0.3, to: &values)
        for (place, meaning) in self.meanings.enumerated() {
            let centre = 0.58 * self.fields[field][place] + 0.42 * self.skills[skill][place]
            Self.add(meaning, centre + 0.13 * random.normal(), to: &values)
        }
        for place in values.indices {
            // Uniform, of a total length near 0.06.
            values[place] += (Float(random.next() >> 40) * 0x1p-24 - 0.5) * 0.0105
        }
        return Self.unit(values)
    }

    /// A question: near sections that exist, equal to none.
    package func question(_ index: Int) -> [Float] {
        var random = SplitMix64(seed: UInt64(truncatingIfNeeded: index) ^ 0xA5C_0DE)
        let theme = SectionTheme(field: random.below(Lexicon.fields.count), skill: random.below(6))
        return self.vector(theme, index: random.next())
    }

    private static func direction(_ dimension: Int, _ random: inout SplitMix64) -> [Float] {
        self.unit((0..<dimension).map { _ in random.normal() })
    }

    private static func add(_ direction: [Float], _ share: Float, to values: inout [Float]) {
        for place in values.indices { values[place] += direction[place] * share }
    }

    private static func unit(_ values: [Float]) -> [Float] {
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
