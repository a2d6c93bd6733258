internal import LikenessPostgres
internal import LikenessRepository
internal import Logging

/// What `likenessd migrate` does.
package enum SchemaCommand {
    package struct Status: Sendable {
        /// One line a migration.
        package let lines: [String]
        package let isCurrent: Bool
    }

    /// - Throws: `ConfigurationError`, which says why the database cannot be used.
    package static func status(_ configuration: ServerConfiguration) async throws -> Status {
        do {
            return try await self.readStatus(configuration)
        } catch {
            throw DatabaseStart.explained(error)
        }
    }

    private static func readStatus(_ configuration: ServerConfiguration) async throws -> Status {
        let schema = Schema(logger: Logger(label: "likeness.migrate"))
        let connection = try ServiceInstance.connection(configuration)
        let migrations = try await schema.status(connection)
        let isCurrent = migrations.allSatisfy { $0.obstacle == nil }
        // Where `up` would refuse anyway, the reason is in the list.
        let requirements = isCurrent ? [] : (try? await schema.requirements(connection)) ?? []
        return Status(
            lines: migrations.map { migration in
                let change = migration.change.map { " (\($0.rawValue))" } ?? ""
                return "\(migration.version)  \(migration.name)  \(migration.stateName)\(change)"
            } + requirements.map { "first, as a superuser: \($0)" },
            isCurrent: isCurrent
        )
    }

    /// - Returns: The names of those that ran.
    /// - Throws: As ``status(_:)``.
    package static func up(_ configuration: ServerConfiguration) async throws -> [String] {
        let schema = Schema(logger: Logger(label: "likeness.migrate"))
        let connection = try ServiceInstance.connection(configuration)
        do {
            return try await schema.apply(connection)
        } catch {
            throw DatabaseStart.explained(error)
        }
    }
}
