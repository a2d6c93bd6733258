import Glibc
import Synchronization

/// Folders that a test process leaves nowhere: removed at its end, or by the next one if it was killed.
package enum TestFolders {
    private static let prefix = "likeness-test-"

    private struct Removal {
        let folder: String
        let server: Int32
    }
    private static let removal = Mutex<Removal?>(nil)

    private static let count = Mutex(0)

    /// A path that nothing is at. Short, because a socket's path is.
    static func unusedPath() -> String {
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        return "/tmp/\(Self.prefix)\(getpid())-\(number)"
    }

    /// Lends an unused path and removes what is there afterwards.
    package static func withPath<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = Self.unusedPath()
        defer { Self.remove(path) }
        return try await body(path)
    }

    static func removeAtExit(_ folder: String, server: Int32) {
        Self.removal.withLock { $0 = Removal(folder: folder, server: server) }
        atexit {
            guard let removal = TestFolders.removal.withLock({ $0 }) else { return }
            kill(removal.server, SIGQUIT)
            for _ in 0..<200 where kill(removal.server, 0) == 0 { usleep(10_000) }
            TestFolders.remove(removal.folder)
        }
    }

    /// Removes what killed processes left. Their servers ended with them.
    static func removeLeftovers() {
        for name in Self.names(in: "/tmp") where name.hasPrefix(Self.prefix) {
            guard let digits = name.dropFirst(Self.prefix.count).split(separator: "-").first,
                let process = Int32(digits),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            Self.remove("/tmp/\(name)")
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in Self.names(in: path) { Self.remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
