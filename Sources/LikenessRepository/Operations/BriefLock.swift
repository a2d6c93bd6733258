internal import LikenessPostgres

/// Changes of an index that need it for themselves for an instant.
///
/// Searches that come while such a change waits for those that use the index wait with it. So it waits for a moment only, and tries again.
enum BriefLock {
    private static let attemptsMax = 60
    private static let pause = Duration.milliseconds(500)

    /// Runs a change in a transaction of its own.
    ///
    /// - Parameter run: Runs a text of several statements.
    /// - Throws: `.unavailable(.locked, …)` when others have used the index for half a minute and more; `.cancelled`.
    static func change(
        _ change: SQL,
        _ run: (SQL) async throws(RepositoryError) -> Void
    ) async throws(RepositoryError) {
        let script: SQL = "SET LOCAL lock_timeout = '500ms'; \(change)"
        for _ in 1..<self.attemptsMax {
            do throws(RepositoryError) {
                return try await run(script)
            } catch {
                guard case .unavailable(.locked, _) = error else { throw error }
            }
            do { try await Task.sleep(for: self.pause) } catch { throw .cancelled }
        }
        try await run(script)
    }
}
