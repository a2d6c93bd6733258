internal import LikenessMessages
internal import LikenessPostgres

/// How much the sections of each kind count in searches through a view: 1 for those that count most, 0 for those that find nothing.
struct KindWeights: Sendable, Hashable {
    private let weights: [SectionKind: Double]

    /// All count the same.
    static let equal = KindWeights([])

    /// - Parameter masks: What each mask of a view says; together they are multiplied. A kind that is not named has 1.
    init(_ masks: [[SectionWeight]]) {
        var weights = Dictionary(uniqueKeysWithValues: SectionText.kinds.map { ($0, 1.0) })
        for mask in masks {
            for one in mask { weights[one.kind, default: 0] *= Double(one.weight) }
        }
        let most = weights.values.max() ?? 1
        self.weights = most > 0 ? weights.mapValues { $0 / most } : weights
    }

    subscript(_ kind: SectionKind) -> Double { self.weights[kind] ?? 0 }

    var areEqual: Bool { self.weights.values.allSatisfy { $0 == 1 } }

    /// No kind is without any: whoever has a word has it where it counts.
    var allCount: Bool { self.weights.values.allSatisfy { $0 > 0 } }

    /// That of a kind, as an SQL expression.
    func sql(_ kind: SQL) -> SQL {
        var sql: SQL = "CASE \(kind)"
        for one in SectionText.kinds { sql = "\(sql) WHEN \(Int(one.rawValue)) THEN \(self[one])::float8" }
        return "\(sql) END"
    }
}
