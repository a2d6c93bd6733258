/// Embeddings that nobody computed, lying as real ones do: near each other when they are about the same.
///
/// A sentence transformer puts texts of one field near one direction, those of one skill nearer still, and what is left
/// varies along few directions rather than all 384. So a vector here is its field's centre, its skill's, a spread along 24
/// directions of the field whose share falls off, and a little noise everywhere. Typical cosine similarities, measured by
/// `SyntheticVectorsTests`: 0.6 within a skill, 0.4 within a field, near 0.1 otherwise.
package struct SyntheticVectors: Sendable {
    package static let dimension = 384
    private static let spreadCount = 24
    private static let skillCount = 12

    /// What all texts share.
    private let common: [Float]
    private let fields: [[Float]]
    private let skills: [[Float]]
    private let spreads: [[Float]]

    /// - Parameter seed: Of the space; vectors of two seeds have nothing in common.
    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed ^ 0x5EED_0F5E_C705)
        func directions(_ count: Int) -> [[Float]] { (0..<count).map { _ in Self.direction(&random) } }
        let fieldCount = Lexicon.fields.count
        self.common = Self.direction(&random)
        self.fields = directions(fieldCount)
        self.skills = directions(fieldCount * Self.skillCount)
        self.spreads = directions(fieldCount * Self.spreadCount)
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
        Self.add(self.fields[field], 0.55, to: &values)
        Self.add(self.skills[skill], 0.45, to: &values)
        for place in 0..<Self.spreadCount {
            let share = 0.26 / (1 + Float(place) * 0.12)
            Self.add(self.spreads[field * Self.spreadCount + place], share * random.normal(), to: &values)
        }
        for place in values.indices {
            // Uniform, of a total length near 0.12.
            values[place] += (Float(random.next() >> 40) * 0x1p-24 - 0.5) * 0.021
        }
        return Self.unit(values)
    }

    /// A question: near sections that exist, equal to none.
    package func question(_ index: Int) -> [Float] {
        var random = SplitMix64(seed: UInt64(truncatingIfNeeded: index) ^ 0xA5C_0DE)
        let theme = SectionTheme(field: random.below(Lexicon.fields.count), skill: random.below(6))
        return self.vector(theme, index: random.next())
    }

    private static func direction(_ random: inout SplitMix64) -> [Float] {
        self.unit((0..<self.dimension).map { _ in random.normal() })
    }

    private static func add(_ direction: [Float], _ share: Float, to values: inout [Float]) {
        for place in values.indices { values[place] += direction[place] * share }
    }

    private static func unit(_ values: [Float]) -> [Float] {
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
