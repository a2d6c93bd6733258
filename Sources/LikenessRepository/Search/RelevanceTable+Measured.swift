// Made by scripts/calibrate-relevance from judged queries. DO NOT EDIT.

extension RelevanceTable {
    /// The model whose similarities were judged.
    private static let model = "all-MiniLM-L6-v2-int8@1.0.0"

    private static let vector = RelevanceTable(
        "vector/\(Self.model)",
        [
            (0.148, 0.013),
            (0.238, 0.051),
            (0.32, 0.115),
            (0.365, 0.196),
            (0.415, 0.221),
            (0.47, 0.355),
            (0.528, 0.447),
            (0.64, 0.693),
        ]
    )
    private static let text = RelevanceTable(
        "text",
        [
            (0.0, 0.006),
            (0.084, 0.013),
            (0.201, 0.034),
            (0.269, 0.076),
            (0.282, 0.087),
            (0.366, 0.142),
            (0.575, 0.287),
            (1.0, 0.962),
        ]
    )
    private static let hybrid = RelevanceTable(
        "hybrid/\(Self.model)",
        [
            (0.117, 0.011),
            (0.185, 0.049),
            (0.247, 0.116),
            (0.291, 0.203),
            (0.329, 0.24),
            (0.382, 0.303),
            (0.468, 0.485),
            (0.69, 0.951),
        ]
    )

    /// All that there are.
    package static let all = [Self.vector, Self.text, Self.hybrid]
}
