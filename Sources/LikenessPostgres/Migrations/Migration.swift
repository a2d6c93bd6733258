internal import FoundationEssentials

/// One numbered change of the schema, from a file `NNNN_name.sql`.
package struct Migration: Sendable, Hashable {
    package let version: Int
    package let name: String
    package let sql: String
    /// Of the file, in hexadecimal; `nil` where it has yet to be computed.
    package let sha256: String?
    /// False if the file's first comment lines say `-- likeness: transaction=off`: its statements then run one by one,
    /// each by itself, and must bear being repeated.
    package let isTransactional: Bool
    /// What the previous release can do with the database afterwards: `-- likeness: change=…`; `nil` if the file is silent.
    package let change: Change?

    package enum Change: String, Sendable, Hashable {
        /// It goes on working: nothing that it uses was taken away or changed its meaning.
        case expand
        /// It does not: something that it uses is gone.
        case contract
    }

    /// - Throws: `.malformed` if the name is not `NNNN_name.sql` or an option is unknown.
    package init(fileName: String, sql: String, sha256: String? = nil) throws(MigrationError) {
        let parts = fileName.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].count == 4, let version = Int(parts[0]), version > 0,
            parts[1].hasSuffix(".sql"), parts[1].count > 4
        else { throw .malformed("\(fileName): a migration is called NNNN_name.sql") }
        self.version = version
        self.name = String(parts[1].dropLast(4))
        self.sql = sql
        self.sha256 = sha256
        var isTransactional = true
        var change: Change?
        for line in sql.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("--") else { break }
            let comment = line.dropFirst(2).drop { $0 == " " }
            guard comment.hasPrefix("likeness:") else { continue }
            for option in comment.dropFirst("likeness:".count).split(separator: " ") {
                switch option {
                case "transaction=off": isTransactional = false
                case "transaction=on": isTransactional = true
                case "change=expand": change = .expand
                case "change=contract": change = .contract
                default: throw .malformed("\(fileName): unknown option “\(option)”")
                }
            }
        }
        self.isTransactional = isTransactional
        self.change = change
    }

    /// The file's name.
    package var fileName: String { Self.fileName(version: self.version, name: self.name) }

    static func fileName(version: Int, name: String) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)_\(name).sql"
    }

    /// Reads the migrations of a folder in their order. Files that do not end with `.sql` are left alone.
    package static func all(inFolder folder: String) throws(MigrationError) -> [Migration] {
        var migrations: [Migration] = []
        do {
            for fileName in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            where fileName.hasSuffix(".sql") && !fileName.hasPrefix(".") {
                let data = try Data(contentsOf: URL(filePath: "\(folder)/\(fileName)"))
                guard let sql = String(validating: data, as: UTF8.self) else {
                    throw MigrationError.malformed("\(fileName) is not UTF-8")
                }
                migrations.append(try Migration(fileName: fileName, sql: sql))
            }
        } catch let error as MigrationError {
            throw error
        } catch {
            throw .malformed("cannot read the migrations in \(folder): \(error)")
        }
        return migrations
    }
}

package enum MigrationError: Error, Sendable, CustomStringConvertible {
    /// A file's name, text or number is not as it must be.
    case malformed(String)
    /// A file was changed after it ran on this database.
    case edited(fileName: String)
    /// The database has a migration that this program does not know and cannot work with.
    case databaseIsNewer(database: Int, program: Int)
    /// A file that never ran has a lower number than one that did.
    case outOfOrder(fileName: String, applied: Int)
    /// The database keeps texts in another encoding: in SQL_ASCII they would come out as whatever went in.
    case notUTF8(encoding: String)
    /// Commands that another role, often a superuser, has to run first.
    case needsAdministrator(commands: [String])
    /// Another runner held the lock until the deadline.
    case lockTimeout
    /// The server refused a statement; what ran before in the same file was undone if it is transactional.
    case failed(fileName: String, DatabaseError)
    case database(DatabaseError)

    package var description: String {
        switch self {
        case .malformed(let reason): reason
        case .edited(let fileName):
            "\(fileName) was edited after it ran on this database: put it back, add a new migration"
        case .databaseIsNewer(let database, let program):
            """
            the database has migration \(database), after which this program no longer works (change=contract); \
            it knows only \(program): use a newer program
            """
        case .outOfOrder(let fileName, let applied):
            "\(fileName) has not run, but migration \(applied) has: give it a higher number"
        case .notUTF8(let encoding):
            "the database has the encoding \(encoding): make one with ENCODING 'UTF8' TEMPLATE template0"
        case .needsAdministrator(let commands):
            """
            nothing was changed: the database's role may not do all that the migrations need. As a superuser:
            \(commands.joined(separator: "\n"))
            """
        case .lockTimeout: "another process was migrating the database for too long"
        case .failed(let fileName, let error): "\(fileName) failed: \(error.detail)"
        case .database(let error): "\(error)\(error.detail.isEmpty ? "" : ": \(error.detail)")"
        }
    }
}
