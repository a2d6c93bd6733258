internal import Glibc

/// What the system says of this process, by Prometheus' names.
///
/// - SeeAlso: [Process metrics](https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
package enum ProcessMetrics {
    package static let descriptions = [
        MetricDescription("process_cpu_seconds_total", .counter, "User and system time of this process."),
        MetricDescription("process_resident_memory_bytes", .gauge, "Memory that is in use and not swapped out."),
        MetricDescription("process_virtual_memory_bytes", .gauge, "Address space."),
        MetricDescription("process_open_fds", .gauge, "Open file descriptors."),
        MetricDescription("process_max_fds", .gauge, "File descriptors that may be open."),
        MetricDescription("process_threads", .gauge, "Threads."),
        MetricDescription("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970."),
    ]

    /// What can be read; the rest is left out.
    package static func samples() -> [MetricSample] {
        var samples: [MetricSample] = []
        if let stat = Self.text(of: "/proc/self/stat") { samples += Self.samples(stat: stat, bootTime: Self.bootTime) }
        if let count = Self.descriptorCount() { samples.append(MetricSample("process_open_fds", Double(count))) }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            samples.append(MetricSample("process_max_fds", Double(limit.rlim_cur)))
        }
        return samples
    }

    /// - Parameter stat: The one line of `/proc/PID/stat`; see proc(5).
    static func samples(stat: String, bootTime: Double?) -> [MetricSample] {
        // The name, in brackets, may have blanks and brackets.
        guard let end = stat.lastIndex(of: ")") else { return [] }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        // Fields are counted from 1 in the manual, and the third is the first here.
        guard fields.count > 21 else { return [] }
        func field(_ number: Int) -> Double { fields[number - 3] }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var samples = [
            MetricSample("process_cpu_seconds_total", (field(14) + field(15)) / ticks),
            MetricSample("process_threads", field(20)),
            MetricSample("process_virtual_memory_bytes", field(23)),
            MetricSample("process_resident_memory_bytes", field(24) * Double(sysconf(Int32(_SC_PAGESIZE)))),
        ]
        if let bootTime { samples.append(MetricSample("process_start_time_seconds", bootTime + field(22) / ticks)) }
        return samples
    }

    /// When the system started, in seconds since 1970.
    private static let bootTime: Double? = Self.text(of: "/proc/stat")?.split(separator: "\n")
        .first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }

    private static func descriptorCount() -> Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe _ = closedir(folder) }
        // Less the two names of folders, and what reading it takes.
        var count = -3
        while unsafe readdir(folder) != nil { count += 1 }
        return count
    }

    private static func text(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        let size = 65_536
        while true {
            let part = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = unsafe max(read(descriptor, buffer.baseAddress, size), 0)
            }
            if part.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += part
        }
    }
}
