/// Kinds of requests that a service of people is asked for.
package enum MixKind: String, Sendable, CaseIterable {
    /// Search by an embedding that the caller has.
    case vector
    /// Search by words.
    case text
    /// Search by meaning and words: the service embeds the text.
    case hybrid
    /// Search by vector among those that a filter leaves.
    case filtered
    /// Read one profile.
    case get
    /// Write one profile.
    case upsert
    /// Complete what someone types.
    case suggest
}

/// How often each kind comes: `vector=60,text=20,hybrid=10,get=10`.
package struct MixSpecification: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        package let kind: MixKind
        package let weight: Double

        package init(_ kind: MixKind, _ weight: Double) { (self.kind, self.weight) = (kind, weight) }
    }

    package let parts: [Part]

    package init(_ text: String) throws(OptionError) {
        var parts: [Part] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = MixKind(rawValue: String(sides[0])) else {
                let known = MixKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw OptionError("--mix: \"\(sides[0])\" is not one of \(known)")
            }
            guard !parts.contains(where: { $0.kind == kind }) else {
                throw OptionError("--mix names \(kind.rawValue) twice")
            }
            let weight = sides.count == 1 ? 1 : Double(sides[1])
            guard let weight, weight > 0, weight <= 1e6 else {
                throw OptionError("--mix: \"\(piece)\" has no weight above 0")
            }
            parts.append(Part(kind, weight))
        }
        self.parts = parts
    }
}
