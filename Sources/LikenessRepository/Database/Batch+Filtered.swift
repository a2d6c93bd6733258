internal import LikenessPostgres

extension Batch {
    private static let filteredSettings = Statement(
        "",
        """
        SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', $1, true)
        """,
        [.text]
    )

    /// Adds a statement of a filter's shape, and before it the settings that have it planned with its values and stopped by
    /// PostgreSQL itself soon after the deadline; they end with the batch. Two results.
    ///
    /// Filters have any shape, so that their statements are not prepared.
    ///
    /// - Parameter label: What the time of the batch is counted under.
    /// - Returns: The statement.
    @discardableResult
    mutating func addFiltered(
        _ label: String,
        _ sql: SQL,
        _ parameters: Parameters,
        deadline: ContinuousClock.Instant?
    ) -> Statement {
        let remaining = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.filteredTimeMax
        let milliseconds = Int64(max(.zero, min(remaining, Self.filteredTimeMax)) / .milliseconds(1)) + 100
        self.add(Self.filteredSettings, Parameters("\(milliseconds)ms"))
        let statement = Statement("", sql, parameters.types, countedAs: label)
        self.add(statement, parameters)
        return statement
    }

    private static let filteredTimeMax = Duration.seconds(600)
}
