internal import LikenessPostgres

/// Changes of an index that need it for themselves for an instant.
///
/// Searches and writes that come while such a change waits for those that use the index wait with it. So it waits for a moment only, and tries
/// again after a pause.
struct BriefLock {
    /// Others wait for so long at most, each time.
    let waitMilliseconds: Int
    let attempts: Int
    private static let pause = Duration.milliseconds(500)

    /// For a change that has to be made: a minute in all.
    static let patient = BriefLock(waitMilliseconds: 500, attempts: 60)
    /// For one that can be left out: five seconds in all.
    static let courteous = BriefLock(waitMilliseconds: 50, attempts: 10)

    /// Runs a change in a transaction of its own.
    ///
    /// - Parameter run: Runs a text of several statements.
    /// - Throws: `.unavailable(.locked, …)` when others have used the index each time; `.cancelled`.
    func change(
        _ change: SQL,
        _ run: (SQL) async throws(RepositoryError) -> Void
    ) async throws(RepositoryError) {
        let script: SQL = "SET LOCAL lock_timeout = '\(self.waitMilliseconds)ms'; \(change)"
        for _ in 1..<self.attempts {
            do throws(RepositoryError) {
                return try await run(script)
            } catch {
                guard case .unavailable(.locked, _) = error else { throw error }
            }
            do { try await Task.sleep(for: Self.pause) } catch { throw .cancelled }
        }
        try await run(script)
    }
}
