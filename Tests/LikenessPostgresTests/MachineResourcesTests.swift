import Foundation
import LikenessPostgres
import LikenessTesting
import Testing

/// What the kernel says about memory and cores, and what control groups leave of it.
@Suite struct MachineResourcesTests {
    private static func read(_ files: [String: String]) async throws -> MachineResources? {
        try await TestFolders.withPath { root in
            var files = files
            files["proc/meminfo"] = "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n"
            for (name, text) in files {
                let file = URL(fileURLWithPath: "\(root)/\(name)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(text.utf8).write(to: file)
            }
            return MachineResources.read(process: "7", root: root)
        }
    }

    @Test func `without control groups it is the machine's`() async throws {
        let found = try #require(try await Self.read([:]))
        #expect(found.memoryBytes == 16 << 30 && found.memoryAvailableBytes == 8 << 30 && found.cores >= 1)
    }

    @Test func `a group's limit counts less what is used, pages of files apart, and so does its parent's`() async throws
    {
        var files = [
            "proc/7/cgroup": "0::/pods/database\n", "sys/fs/cgroup/pods/database/memory.max": "max\n",
            "sys/fs/cgroup/pods/database/memory.current": "999\n",
            "sys/fs/cgroup/pods/memory.max": "\(4 << 30)\n",
            "sys/fs/cgroup/pods/memory.current": "\(3 << 30)\n",
            "sys/fs/cgroup/pods/memory.stat": "anon 5\nactive_file 7\ninactive_file \(1 << 30)\n",
            "sys/fs/cgroup/pods/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pods/database/cpu.max": "50000 100000\n",
        ]
        let found = try #require(try await Self.read(files))
        #expect(found.memoryBytes == 4 << 30 && found.memoryAvailableBytes == 2 << 30 && found.cores == 1)
        files["sys/fs/cgroup/pods/memory.current"] = "\(6 << 30)\n"
        #expect(try await Self.read(files)?.memoryAvailableBytes == 0)
    }

    @Test func `groups of version 1 are read too, where no limit is a number larger than any machine`() async throws {
        let files = [
            "proc/7/cgroup": "9:memory:/a\n4:cpu,cpuacct:/a\n0::/\n",
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "\(2 << 30)\n",
            "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "\(1 << 30)\n",
            "sys/fs/cgroup/memory/a/memory.stat": "inactive_file 1\ntotal_inactive_file \(1 << 29)\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "\(9 << 30)\n",
            "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
        ]
        let found = try #require(try await Self.read(files))
        #expect(found.memoryBytes == 2 << 30 && found.memoryAvailableBytes == 3 << 29)
    }

    @Test func `this machine answers, and a process that is not PostgreSQL's is not taken for it`() throws {
        let found = try #require(MachineResources.read())
        #expect(found.memoryAvailableBytes > 0 && found.memoryAvailableBytes <= found.memoryBytes && found.cores > 0)
        #expect(!MachineResources.isPostgres(process: ProcessInfo.processInfo.processIdentifier))
    }

    @Test func `a private server's memory grows with the machine, within bounds`() {
        let settings = [1, 24, 512].map { ClusterMemory(memoryBytes: $0 << 30).settings }
        #expect(settings.map { $0["shared_buffers"] } == ["128MB", "3072MB", "8192MB"])
        #expect(settings.map { $0["effective_cache_size"] } == ["512MB", "12288MB", "262144MB"])
        #expect(settings.map { $0["maintenance_work_mem"] } == ["64MB", "768MB", "1024MB"])
    }
}
