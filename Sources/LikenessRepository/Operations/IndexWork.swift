internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import Logging
internal import Synchronization

/// One rebuild of a vector index, step by step, on one connection.
final class IndexWork: Sendable {
    let build: IndexBuild
    let space: EmbeddingSpaceInfo
    let connection: Connection
    let database: Database
    /// Most memory, as configured.
    private let settingMiB: Int?
    /// This machine, where the database is on it.
    private let machine: MachineResources?
    private let logger: Logger
    private let step = Mutex("starting")
    private let fitting = Mutex<Int?>(nil)

    init(
        build: IndexBuild,
        space: EmbeddingSpaceInfo,
        connection: Connection,
        database: Database,
        settingMiB: Int?,
        machine: MachineResources?,
        logger: Logger
    ) {
        self.build = build
        self.space = space
        self.connection = connection
        self.database = database
        self.settingMiB = settingMiB
        self.machine = machine
        self.logger = logger
    }

    /// What it does now, where PostgreSQL reports nothing itself.
    var phase: String { self.step.withLock { $0 } }

    /// After so many vectors an HNSW graph no longer fits into its memory; `nil` when all of it does.
    var rowsThatFit: Int? { self.fitting.withLock { $0 } }

    func perform() async throws(RepositoryError) {
        let table = self.space.table
        try await self.tidyUp()
        try Self.stopIfCancelled()
        self.step.withLock { $0 = "looking for equal vectors" }
        let equals = try await self.takeOutEqualVectors()
        try Self.stopIfCancelled()
        self.step.withLock { $0 = "building index" }
        let prepared = try await self.prepare()
        try await self.take(prepared, withoutEquals: equals)
        try await self.script(SQL(verbatim: prepared.statement))
        guard try await self.isValid(table.nextIndex) == true else {
            throw .internal(detail: "\(table.nextIndex) is not valid after its build")
        }
        try await self.script(self.build.comment(on: table.nextIndex))
        try Self.stopIfCancelled()
        try await self.easeInsertions()

        // Both are valid now. From here on the new one serves; it only has yet to take the old one's name.
        self.step.withLock { $0 = "switching indexes" }
        try await self.script("DROP INDEX CONCURRENTLY IF EXISTS \(table.index)")
        try await self.script(OperationStatements.takeName(of: self.space))
        if prepared.canPrewarm {
            self.step.withLock { $0 = "loading the index into memory" }
            try await databaseCall { () throws(DatabaseError) in
                _ = try await self.connection.execute(OperationStatements.prewarm, Parameters(table.index.text))
            }
        }
    }

    private func tidyUp() async throws(RepositoryError) {
        _ = try await IndexLeftover.remove(of: self.space, on: self.connection)
    }

    /// An index that is used without a pause keeps what it was built with: that costs insertions time, and nothing else.
    private func easeInsertions() async throws(RepositoryError) {
        guard let change = self.build.easeInsertions(into: self.space.table.nextIndex) else { return }
        self.step.withLock { $0 = "setting how rows are added" }
        do throws(RepositoryError) {
            try await BriefLock.courteous.change(change) { script throws(RepositoryError) in
                try await self.script(script)
            }
        } catch {
            guard case .unavailable(.locked, _) = error else { throw error }
            self.logger.warning(
                "rows are added to the new index as slowly as it was built: it was in use all the time",
                metadata: ["space": "\(self.space.name)", "ef_construction": "\(self.build.efConstruction)"]
            )
        }
    }

    private struct Prepared {
        /// Builds the index.
        let statement: String
        let canPrewarm: Bool
        let canBeParallel: Bool
        /// PostgreSQL's own settings.
        let ownMemoryMiB: Int
        let ownWorkers: Int
    }

    /// Gives the session its memory and workers, and says so.
    private func take(_ prepared: Prepared, withoutEquals equals: Int) async throws(RepositoryError) {
        let resources = BuildResources(
            for: self.build,
            settingMiB: self.settingMiB,
            machine: self.machine,
            canBeParallel: prepared.canBeParallel
        )
        if let memoryMiB = resources.memoryMiB { try await self.script("SET maintenance_work_mem = '\(memoryMiB)MB'") }
        if let workers = resources.workers {
            try await self.script("SET max_parallel_maintenance_workers = \(workers)")
        }
        let fitting = resources.rowsThatFit(of: self.build, ownMiB: prepared.ownMemoryMiB)
        self.fitting.withLock { $0 = fitting }
        var metadata: Logger.Metadata = [
            "space": "\(self.space.name)", "method": "\(self.build.methodName)", "vectors": "\(self.build.rows)",
            "memory_mib": "\(resources.memoryMiB ?? prepared.ownMemoryMiB)", "needed_mib": "\(resources.neededMiB)",
            "workers_max": "\(resources.workers ?? prepared.ownWorkers)", "decided_by": "\(resources.decider.rawValue)",
        ]
        if equals > 0 { metadata["copies_found"] = "\(equals)" }
        if let fitting { metadata["vectors_that_fit"] = "\(fitting)" }
        self.logger.info("building a vector index", metadata: metadata)
    }

    private func prepare() async throws(RepositoryError) -> Prepared {
        try await databaseCall { () throws(DatabaseError) in
            var batch = Batch()
            batch.add(
                OperationStatements.buildStatement,
                Parameters(
                    self.space.table.name.text,
                    self.space.table.nextIndex.text,
                    Int32(self.build.dimension),
                    self.build.methodName,
                    self.build.indexPrecision.rawValue,
                    Int32(self.build.m),
                    Int32(self.build.efConstruction),
                    Int32(self.build.lists)
                )
            )
            batch.add(OperationStatements.extensions)
            var results = try await self.connection.execute(batch)
            let built = results.next()
            let extensions = results.next()
            let version: String = try extensions.value(0, 0)
            // Parallel HNSW builds of pgvector before 0.8.2 can overflow a buffer: CVE-2026-3172.
            let isUnsafe = self.build.method == .hnsw && !PgvectorVersion(version).hasSafeParallelBuilds
            return Prepared(
                statement: try built.value(0, 0),
                canPrewarm: try extensions.value(0, 1),
                canBeParallel: !isUnsafe,
                ownMemoryMiB: Int(try extensions.value(0, 2, as: Int64.self)),
                ownWorkers: Int(try extensions.value(0, 3, as: Int32.self))
            )
        }
    }

    /// `nil` when there is no such index.
    private func isValid(_ index: SQL) async throws(RepositoryError) -> Bool? {
        try await IndexLeftover.isValid(index, on: self.connection)
    }

    private func script(_ text: SQL) async throws(RepositoryError) {
        try await databaseCall { () throws(DatabaseError) in try await self.connection.executeScript(text) }
    }

    private static func stopIfCancelled() throws(RepositoryError) {
        if Task.isCancelled { throw .cancelled }
    }

    /// Drops the half-built index, on another connection if this one is gone. An error is left to the next rebuild.
    func dropUnfinished(configuration: ConnectionConfiguration) async {
        do {
            if self.connection.isOpen {
                try await self.tidyUp()
            } else {
                let connection = try await databaseCall { () throws(DatabaseError) in
                    try await Connection.open(configuration)
                }
                defer { connection.close() }
                try await IndexWork(
                    build: self.build,
                    space: self.space,
                    connection: connection,
                    database: self.database,
                    settingMiB: nil,
                    machine: nil,
                    logger: self.logger
                ).tidyUp()
            }
        } catch {
            // The next start of a server, or the next rebuild, begins with the same.
        }
    }
}

/// A version of pgvector.
struct PgvectorVersion {
    private let numbers: [Int]

    init(_ text: String) { self.numbers = text.split(separator: ".").map { Int($0) ?? 0 } }

    var hasSafeParallelBuilds: Bool { !self.numbers.lexicographicallyPrecedes([0, 8, 2]) }
}
