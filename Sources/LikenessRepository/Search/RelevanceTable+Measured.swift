// Made by scripts/calibrate-relevance from judged queries. DO NOT EDIT.

extension RelevanceTable {
    /// The model whose similarities were judged.
    private static let model = "all-MiniLM-L6-v2-int8@1.0.0"

    private static let vector = RelevanceTable(
        "vector/\(Self.model)",
        [
            (0.148, 0.013),
            (0.229, 0.046),
            (0.28, 0.068),
            (0.32, 0.119),
            (0.401, 0.21),
            (0.47, 0.355),
            (0.528, 0.447),
            (0.64, 0.693),
        ]
    )
    private static let text = RelevanceTable(
        "text",
        [
            (0.007, 0.004),
            (0.115, 0.018),
            (0.202, 0.037),
            (0.291, 0.074),
            (0.354, 0.126),
            (0.441, 0.159),
            (0.574, 0.279),
            (1.0, 0.962),
        ]
    )
    private static let hybrid = RelevanceTable(
        "hybrid/\(Self.model)",
        [
            (0.154, 0.048),
            (0.227, 0.126),
            (0.259, 0.172),
            (0.285, 0.228),
            (0.328, 0.282),
            (0.393, 0.362),
            (0.453, 0.559),
            (0.644, 0.964),
        ]
    )

    /// All that there are.
    package static let all = [Self.vector, Self.text, Self.hybrid]
}
