internal import LikenessPostgres

/// Settings of the server by which its log would hold what people search for: texts and vectors are parameters of
/// statements.
package enum ServerLogSettings {
    /// - Returns: One sentence for each way in which parameters would be logged.
    package static func concerns(
        _ database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [String] {
        let result = try await database.query(Self.statement, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            var concerns: [String] = []
            for row in 0..<result.rowCount { concerns.append(try result.value(row, 0)) }
            return concerns
        }
    }

    private static let statement = Statement(
        "server_log_settings",
        """
        WITH s AS (SELECT name, setting FROM pg_settings)
        SELECT format('%s = %s logs statements with their parameters: set log_parameter_max_length = 0', s.name, s.setting)
        FROM s
        WHERE (SELECT p.setting FROM s p WHERE p.name = 'log_parameter_max_length') <> '0'
            AND CASE s.name
                WHEN 'log_statement' THEN s.setting IN ('mod', 'all')
                WHEN 'log_min_duration_statement' THEN s.setting::bigint >= 0
                WHEN 'log_min_duration_sample' THEN s.setting::bigint >= 0
                WHEN 'log_transaction_sample_rate' THEN s.setting::float8 > 0
                ELSE false END
        UNION ALL
        SELECT format('log_parameter_max_length_on_error = %s logs the parameters of failed statements: set it to 0',
            s.setting)
        FROM s WHERE s.name = 'log_parameter_max_length_on_error' AND s.setting <> '0'
        UNION ALL
        SELECT format('auto_explain.log_min_duration = %s logs plans, which hold parameters: set it to -1', s.setting)
        FROM s WHERE s.name = 'auto_explain.log_min_duration' AND s.setting::bigint >= 0
        ORDER BY 1
        """
    )
}
