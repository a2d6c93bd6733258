internal import Foundation
internal import LikenessPostgres
internal import LikenessRepository
internal import Logging

/// The database of a configuration: whether it can be reached, is as it has to be, and lets the service do what it needs.
struct DatabaseExamination {
    private let configuration: ServerConfiguration
    private let logger = Logger(label: "likeness.doctor") { _ in SwiftLogNoOpLogHandler() }

    init(_ configuration: ServerConfiguration) { self.configuration = configuration }

    func findings() async -> [Finding] {
        let settings: ConnectionConfiguration
        do {
            settings = try ServiceInstance.connection(self.configuration)
        } catch {
            return [.fail("database", "\(error)", mend: "see docs/operations.md, `database.url`")]
        }
        let connection: Connection
        do {
            connection = try await Connection.open(settings)
        } catch {
            return [.fail("database", "\(error): \(error.detail)", mend: Self.remedy(error))]
        }
        defer { connection.close() }
        var findings: [Finding] = []
        do {
            let sent = Foundation.Date().timeIntervalSince1970
            let facts = try await DatabaseFacts.read(connection)
            let middle = (sent + Foundation.Date().timeIntervalSince1970) / 2
            findings += self.findings(facts, offset: facts.clock - middle, isHere: settings.isOfThisMachine)
        } catch {
            return [.fail("database", "\(DatabaseStart.explained(error))", mend: "look into the log of PostgreSQL")]
        }
        return findings + (await self.schemaFindings(settings))
    }

    // MARK: The server

    /// - Parameters:
    ///   - offset: By how many seconds the database's clock is ahead.
    ///   - isHere: Whether it is on this machine.
    func findings(_ facts: DatabaseFacts, offset: Double, isHere: Bool) -> [Finding] {
        [
            Self.server(facts), Self.encoding(facts), self.connections(facts), Self.clock(offset: offset),
        ] + facts.extensions.map(Self.extension) + self.disk(facts, isHere: isHere)
    }

    static let versionLeast = 150_000

    private static func server(_ facts: DatabaseFacts) -> Finding {
        guard facts.versionNumber >= Self.versionLeast else {
            return .fail("database", "PostgreSQL \(facts.version)", mend: "PostgreSQL 15 or newer is needed")
        }
        guard !facts.isStandby else {
            return .warn(
                "database",
                "PostgreSQL \(facts.version), a standby: writes are refused",
                mend: "let database.url name the primary, as target_session_attrs=read-write does"
            )
        }
        return .ok("database", "PostgreSQL \(facts.version) answers")
    }

    private static func encoding(_ facts: DatabaseFacts) -> Finding {
        guard facts.encoding != "UTF8" else { return .ok("encoding", "UTF8") }
        return .fail(
            "encoding",
            "the database is in \(facts.encoding)",
            mend: "make it with createdb --encoding=UTF8 --template=template0"
        )
    }

    private func connections(_ facts: DatabaseFacts) -> Finding {
        // One more listens, and a reindex has one of its own.
        let needed = self.configuration.database.connectionsMax + 2
        let text = "the server has \(facts.connectionsMax) for ordinary roles, this service takes up to \(needed)"
        guard facts.connectionsMax < needed else { return .ok("connections", text) }
        return .warn(
            "connections",
            text,
            mend: "raise max_connections of PostgreSQL, or lower database.max_connections"
        )
    }

    private static func clock(offset: Double) -> Finding {
        let text = "the database's clock is \(String(format: "%.1f", abs(offset))) s \(offset < 0 ? "behind" : "ahead")"
        guard abs(offset) >= 2 else { return .ok("clock", text) }
        return .warn(
            "clock",
            text,
            mend:
                "synchronise both machines (chrony, systemd-timesyncd): the ends of tokens, certificates and page cursors depend on it"
        )
    }

    private static func `extension`(_ found: DatabaseFacts.Extension) -> Finding {
        guard let version = found.version else {
            return found.availableVersion == nil
                ? .fail(
                    "extensions",
                    "\(found.name) is not installed on the server",
                    mend: found.name == "vector" ? "scripts/setup-pgvector puts it there" : "install postgresql-contrib"
                )
                : .fail(
                    "extensions",
                    "\(found.name) is missing",
                    mend: "as a superuser: CREATE EXTENSION \(found.name)"
                )
        }
        // Digits compare by value: 0.10 comes after 0.8.
        if found.name == "vector", version.compare("0.8.2", options: .numeric) == .orderedAscending {
            return .warn(
                "extensions",
                "vector \(version): HNSW indexes are built without parallel workers (CVE-2026-3172)",
                mend: "scripts/setup-pgvector, then ALTER EXTENSION vector UPDATE"
            )
        }
        return .ok("extensions", "\(found.name) \(version)")
    }

    private func disk(_ facts: DatabaseFacts, isHere: Bool) -> [Finding] {
        guard isHere, let folder = facts.dataFolder else {
            return [.ok("disk", "where the database keeps its data is not for this role to see")]
        }
        return [MachineExamination.disk("disk", folder)]
    }

    // MARK: The database

    private func schemaFindings(_ settings: ConnectionConfiguration) async -> [Finding] {
        var pools = PoolConfiguration()
        pools.connectionsMax = 1
        let pool = ConnectionPool(settings, pools, logger: self.logger)
        let findings = await self.schemaFindings(Database(pool: pool), settings)
        await pool.shutDown()
        return findings
    }

    private func schemaFindings(_ database: Database, _ settings: ConnectionConfiguration) async -> [Finding] {
        do {
            let deadline = ContinuousClock.now + .seconds(30)
            let obstacles = try await MigrationCatalog.obstacles(database, logger: self.logger, deadline: deadline)
            guard obstacles.isEmpty else {
                let wanted = (try? await Schema(logger: self.logger).requirements(settings)) ?? []
                let first = wanted.isEmpty ? "" : "as a superuser: \(wanted.joined(separator: "; ")); then "
                return [
                    .fail("migrations", obstacles.joined(separator: "; "), mend: "\(first)likenessd migrate up")
                ]
            }
            var findings = [Finding.ok("migrations", "none is missing")]
            let missing = try await DatabaseRights(database: database).missing(deadline: deadline)
            findings +=
                missing.isEmpty
                ? [.ok("rights", "all that are needed")]
                : missing.map { right in
                    let remedy = "let the role of database.url own the database, or GRANT it that"
                    return right.isEssential
                        ? .fail("rights", right.description, mend: remedy)
                        : .warn("rights", right.description, mend: remedy)
                }
            let concerns = try await ServerLogSettings.concerns(database, deadline: deadline)
            return findings
                + (concerns.isEmpty
                    ? [.ok("database log", "holds no parameters of statements")]
                    : concerns.map {
                        .warn(
                            "database log",
                            $0,
                            mend: "see docs/operations.md, PostgreSQL: the log would hold what people search for"
                        )
                    })
        } catch {
            return [.fail("migrations", "\(DatabaseStart.explained(error))", mend: "look into the log of PostgreSQL")]
        }
    }

    /// What helps against a connection that failed.
    private static func remedy(_ error: DatabaseError) -> String {
        switch error.sqlState {
        case "28P01": "the password of database.url is wrong: see docs/operations.md, PostgreSQL"
        case let code? where code.hasPrefix("28"):
            "a line of pg_hba.conf must let the role in: see docs/operations.md, PostgreSQL"
        case "3D000": "createdb --owner=ROLE --encoding=UTF8 --template=template0 NAME"
        case SQLState.tooManyConnections:
            "raise max_connections of PostgreSQL, or lower database.max_connections of its services"
        default:
            "start PostgreSQL, and see that host, port and TLS of database.url are its own (psql with the same string says more)"
        }
    }
}
