/// The schema this binary was built for: the numbered files of `migrations/`, embedded by `scripts/generate-migrations`.
package enum MigrationCatalog {
    struct File: Sendable {
        let version: Int
        let name: String
        let sql: String
    }
}
