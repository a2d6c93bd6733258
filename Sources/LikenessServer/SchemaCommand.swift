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

    package static func status(_ configuration: ServerConfiguration) async throws -> Status {
        let schema = Schema(logger: Logger(label: "likeness.migrate"))
        let migrations = try await schema.status(try ServiceInstance.connection(configuration))
        return Status(
            lines: migrations.map { "\($0.version)  \($0.name)  \($0.stateName)" },
            isCurrent: migrations.allSatisfy { $0.isApplied }
        )
    }

    /// - Returns: The names of those that ran.
    package static func up(_ configuration: ServerConfiguration) async throws -> [String] {
        let schema = Schema(logger: Logger(label: "likeness.migrate"))
        return try await schema.apply(try ServiceInstance.connection(configuration))
    }
}
