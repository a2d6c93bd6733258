internal import Glibc

/// The memory and cores that a process of this machine can use: the machine's, less what its control groups withhold.
package struct MachineResources: Sendable, Hashable {
    package var memoryBytes: Int
    /// What can be had without swapping: free memory, and pages of files that would be given up.
    package var memoryAvailableBytes: Int
    package var cores: Int
    /// What is left in `/dev/shm`, which parallel workers share; small by default in a container. `nil` when it is not known.
    package var sharedMemoryAvailableBytes: Int?

    package init(
        memoryBytes: Int,
        memoryAvailableBytes: Int,
        cores: Int,
        sharedMemoryAvailableBytes: Int? = nil
    ) {
        self.memoryBytes = memoryBytes
        self.memoryAvailableBytes = memoryAvailableBytes
        self.cores = cores
        self.sharedMemoryAvailableBytes = sharedMemoryAvailableBytes
    }

    /// Reads them from the kernel.
    ///
    /// - Parameters:
    ///   - process: Whose control groups count: a number of this process's namespace, or `self`.
    ///   - root: Where `proc` and `sys` are; empty outside of tests.
    /// - Returns: `nil` where the kernel does not say.
    package static func read(process: String = "self", root: String = "") -> MachineResources? {
        guard let memory = FileText.read("\(root)/proc/meminfo"), let total = Self.kibibytes("MemTotal", memory),
            let available = Self.kibibytes("MemAvailable", memory)
        else { return nil }
        var resources = MachineResources(
            memoryBytes: total * 1_024,
            memoryAvailableBytes: available * 1_024,
            cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        )
        for group in ControlGroup.all(of: process, root: root) {
            if let limit = group.memoryLimitBytes, limit < resources.memoryBytes {
                resources.memoryBytes = limit
            }
            if let left = group.memoryLeftBytes {
                resources.memoryAvailableBytes = min(resources.memoryAvailableBytes, left)
            }
            if let cores = group.cores { resources.cores = max(1, min(resources.cores, cores)) }
        }
        resources.sharedMemoryAvailableBytes =
            Self.availableBytes("\(root)/proc/\(process)/root/dev/shm") ?? Self.availableBytes("\(root)/dev/shm")
        return resources
    }

    /// Whether a process of this number runs here and is PostgreSQL's: the other end of a connection, when that was made to this
    /// machine. It is not when the server is in another container.
    package static func isPostgres(process: Int32, root: String = "") -> Bool {
        FileText.read("\(root)/proc/\(process)/comm").map { $0.hasPrefix("postgres") } ?? false
    }

    private static func kibibytes(_ name: String, _ text: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    private static func availableBytes(_ folder: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}

/// One control group of a process, of version 1 or 2.
private struct ControlGroup {
    private let memory: String
    private let cpu: String
    private let isUnified: Bool

    /// A process's groups, from its own to the root that it sees.
    static func all(of process: String, root: String) -> [ControlGroup] {
        guard let text = FileText.read("\(root)/proc/\(process)/cgroup") else { return [] }
        let mount = "\(root)/sys/fs/cgroup"
        var memory: [String] = []
        var cpu: [String] = []
        var unified: [String] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[2].contains("..") else { continue }
            let controllers = parts[1].split(separator: ",")
            let ancestors = Self.ancestors(String(parts[2]))
            if parts[1].isEmpty { unified = ancestors.map { mount + $0 } }
            if controllers.contains("memory") { memory = ancestors.map { "\(mount)/memory\($0)" } }
            if controllers.contains("cpu") { cpu = ancestors.map { "\(mount)/cpu\($0)" } }
        }
        return unified.map { ControlGroup(memory: $0, cpu: $0, isUnified: true) }
            + memory.map { ControlGroup(memory: $0, cpu: "", isUnified: false) }
            + cpu.map { ControlGroup(memory: "", cpu: $0, isUnified: false) }
    }

    /// `/a/b`, `/a` and the empty path.
    private static func ancestors(_ path: String) -> [String] {
        var parts = path.split(separator: "/")
        var paths: [String] = []
        while !parts.isEmpty {
            paths.append("/" + parts.joined(separator: "/"))
            parts.removeLast()
        }
        return paths + [""]
    }

    var memoryLimitBytes: Int? {
        self.number(self.isUnified ? "memory.max" : "memory.limit_in_bytes", in: self.memory)
    }

    /// The limit less what is used, pages of files apart that are not in use.
    var memoryLeftBytes: Int? {
        guard let limit = self.memoryLimitBytes,
            let used = self.number(self.isUnified ? "memory.current" : "memory.usage_in_bytes", in: self.memory)
        else { return nil }
        let name = self.isUnified ? "inactive_file " : "total_inactive_file "
        let line = FileText.read("\(self.memory)/memory.stat")?.split(separator: "\n").first { $0.hasPrefix(name) }
        let files = line.flatMap { Int($0.dropFirst(name.utf8.count)) } ?? 0
        return max(0, limit - max(0, used - files))
    }

    /// How many cores the group may keep busy, rounded up.
    var cores: Int? {
        let quota: Int?
        let period: Int?
        if self.isUnified {
            let parts = FileText.read("\(self.cpu)/cpu.max")?.split { $0 == " " || $0 == "\n" } ?? []
            quota = parts.first.flatMap { Int($0) }
            period = parts.dropFirst().first.flatMap { Int($0) }
        } else {
            quota = self.number("cpu.cfs_quota_us", in: self.cpu)
            period = self.number("cpu.cfs_period_us", in: self.cpu)
        }
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return (quota + period - 1) / period
    }

    /// `nil` for `max`, and where there is no such file.
    private func number(_ name: String, in folder: String) -> Int? {
        guard !folder.isEmpty, let text = FileText.read("\(folder)/\(name)") else { return nil }
        return Int(text.filter { !$0.isWhitespace })
    }
}
