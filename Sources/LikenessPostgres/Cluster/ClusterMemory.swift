/// The memory settings of a private server, by the size of the machine.
///
/// | setting | share of the memory | within |
/// |---|---|---|
/// | `shared_buffers` | 1/8 | 128 MiB to 8 GiB |
/// | `effective_cache_size` | 1/2 | 256 MiB and up |
/// | `maintenance_work_mem` | 1/32 | 64 MiB to 1 GiB |
///
/// The machine's memory is what its control group leaves of it. Shared buffers take memory only as they fill.
package struct ClusterMemory: Sendable, Hashable {
    package let sharedBuffersMiB: Int
    package let effectiveCacheMiB: Int
    package let maintenanceWorkMemoryMiB: Int

    package init(memoryBytes: Int) {
        let memoryMiB = memoryBytes / 1_048_576
        self.sharedBuffersMiB = min(max(memoryMiB / 8, 128), 8_192)
        self.effectiveCacheMiB = max(memoryMiB / 2, 256)
        self.maintenanceWorkMemoryMiB = min(max(memoryMiB / 32, 64), 1_024)
    }

    /// By PostgreSQL's names.
    package var settings: [String: String] {
        [
            "shared_buffers": "\(self.sharedBuffersMiB)MB", "effective_cache_size": "\(self.effectiveCacheMiB)MB",
            "maintenance_work_mem": "\(self.maintenanceWorkMemoryMiB)MB",
        ]
    }
}
