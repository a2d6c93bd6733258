import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging

extension TestDatabase {
    /// Runs `body` with a patient pool to the database of the running test, as a server searches in it.
    static func withPool(_ body: (Database) async throws -> Void) async throws {
        var configuration = self.current.configuration
        configuration.sessionSettings.merge(SearchRepository.sessionSettings) { _, ours in ours }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = ConnectionPool(configuration, .patient, logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Database(pool: pool)))
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        try result.get()
    }
}
