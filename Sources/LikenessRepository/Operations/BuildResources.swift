internal import LikenessMessages
package import LikenessPostgres

/// The memory and the parallel workers that a build of a vector index is given, and who decides.
package struct BuildResources: Sendable, Hashable {
    package enum Decider: String, Sendable {
        /// What the machine can spare, which is the database's too.
        case machine
        /// The setting `search.index_build_memory_mib`.
        case setting
        /// PostgreSQL's own settings: the database is on another machine.
        case database
    }

    package let decider: Decider
    /// What the whole of it fits into.
    package let neededMiB: Int
    /// maintenance_work_mem for the build's session; `nil` leaves it as it is.
    package let memoryMiB: Int?
    /// max_parallel_maintenance_workers beside the session itself; `nil` leaves it as it is.
    package let workers: Int?

    /// More than this is left to others: an eighth of the machine's memory, and no less than 512 MiB.
    private static func reserveMiB(_ machine: MachineResources) -> Int { max(machine.memoryBytes / 8 / 1_048_576, 512) }

    private static let memoryLeastMiB = 64
    private static let workersMax = 15
    /// An IVFFlat build fails where k-means does not fit, so it gets this much also from a database elsewhere.
    private static let elsewhereMostMiB = 1_024

    /// - Parameters:
    ///   - settingMiB: Most memory, as configured.
    ///   - machine: This machine, where the database is on it.
    ///   - canBeParallel: Whether this version of pgvector builds such an index safely with workers.
    package init(
        for build: IndexBuild,
        settingMiB: Int?,
        machine: MachineResources?,
        canBeParallel: Bool
    ) {
        self.neededMiB = build.neededMemoryMiB
        if let settingMiB {
            self.decider = .setting
            self.memoryMiB = max(min(self.neededMiB, settingMiB), Self.memoryLeastMiB)
        } else if let machine {
            self.decider = .machine
            let spare = machine.memoryAvailableBytes / 1_048_576 - Self.reserveMiB(machine)
            self.memoryMiB = max(min(self.neededMiB, spare), Self.memoryLeastMiB)
        } else {
            self.decider = .database
            self.memoryMiB = build.method == .ivfflat ? min(self.neededMiB, Self.elsewhereMostMiB) : nil
        }
        guard canBeParallel else {
            self.workers = 0
            return
        }
        guard let machine else {
            self.workers = nil
            return
        }
        // Workers of an HNSW build share the graph in /dev/shm. A graph that fits is worth more than workers.
        let shared = machine.sharedMemoryAvailableBytes.map { $0 / 1_048_576 } ?? .max
        let isShared = build.method == .ivfflat || shared > self.memoryMiB ?? 0
        self.workers = isShared ? min(machine.cores - 1, Self.workersMax) : 0
    }

    /// How many vectors an HNSW graph holds before it is written out and goes on many times slower.
    ///
    /// - Parameter ownMiB: The database's own maintenance_work_mem.
    func rowsThatFit(of build: IndexBuild, ownMiB: Int) -> Int? {
        let memory = self.memoryMiB ?? ownMiB
        guard build.method == .hnsw, memory < self.neededMiB else { return nil }
        return Int(Double(build.rows) * Double(memory) / Double(self.neededMiB))
    }
}

extension ConnectionConfiguration {
    /// Whether every endpoint is a socket in the file system or a loopback address.
    package var isOfThisMachine: Bool {
        self.endpoints.allSatisfy { endpoint in
            let host = endpoint.address ?? endpoint.host
            return host.isEmpty || host.hasPrefix("/") || host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }
}

extension MachineResources {
    /// This machine, if the other end of this connection runs on it where its process can be seen.
    static func ofDatabase(_ configuration: ConnectionConfiguration, on connection: Connection) -> MachineResources? {
        let process = connection.backendProcess
        guard configuration.isOfThisMachine, Self.isPostgres(process: process) else { return nil }
        return Self.read(process: String(process))
    }
}
