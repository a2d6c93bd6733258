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
    /// - Returns: The statement.
    @discardableResult
    mutating func addFiltered(
        _ sql: SQL,
        _ parameters: Parameters,
        deadline: ContinuousClock.Instant?
    ) -> Statement {
        let remaining = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.filteredTimeMax
        let milliseconds = Int64(max(.zero, min(remaining, Self.filteredTimeMax)) / .milliseconds(1)) + 100
        self.add(Self.filteredSettings, Parameters("\(milliseconds)ms"))
        let statement = Statement("", sql, parameters.types)
        self.add(statement, parameters)
        return statement
    }

    private static let filteredTimeMax = Duration.seconds(600)
}
