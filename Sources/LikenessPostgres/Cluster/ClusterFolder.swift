internal import Glibc
internal import Logging

/// The files of a private cluster.
struct ClusterFolder {
    let path: String
    var data: String { "\(self.path)/data" }
    var log: String { "\(self.path)/server.log" }
    private var lockFile: String { "\(self.data)/postmaster.pid" }

    init(_ path: String) {
        self.path = path
    }

    /// Makes the folder, and the cluster in it unless there is one already.
    func prepare(_ configuration: PrivateCluster.Configuration, logger: Logger) async throws(ClusterError) {
        try Privileges.makeServerFolder(self.path)
        try await Privileges.requireReachable(self.path)
        guard !FileText.exists("\(self.data)/PG_VERSION") else { return }
        // A half-made cluster has no PG_VERSION only if initdb was killed at its start; initdb refuses leftovers itself.
        logger.info("making a database cluster", metadata: ["folder": "\(self.path)"])
        let exitCode = try await ChildProcess.run(
            Privileges.programPrefix + [
                "\(configuration.programs)/initdb", "-D", self.data, "-U", configuration.user, "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--data-checksums",
            ],
            environment: PrivateCluster.environment,
            logFile: self.log
        )
        guard exitCode == 0 else {
            throw ClusterError("initdb failed (\(exitCode)); see \(self.log): \(FileText.lastLine(self.log))")
        }
    }

    /// The socket's folder: ours, or a new one under /tmp where our path is too long for a socket's name (107 bytes).
    func socketDirectory() throws(ClusterError) -> String {
        if self.path.utf8.count <= 80, self.path.hasPrefix("/") { return self.path }
        // A new name each time: one that follows from the path could be taken first, by any account.
        var name = Array("/tmp/likeness-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else {
            throw ClusterError(
                unsafe "cannot make a folder for the socket in /tmp: \(String(cString: strerror(errno)))"
            )
        }
        let directory = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try Privileges.makeServerFolder(directory)
        return directory
    }

    /// Waits for a server whose parent was killed, which is stopping; refuses one that somebody still runs.
    func waitForLeftover(logger: Logger) async throws {
        guard let process = self.runningServer() else { return }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline, !Self.hasParentOfOurKind(process) {
            guard self.runningServer() == process else { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ClusterError("a database server already runs on \(self.data) (process \(process))")
    }

    /// Whether the server's parent runs the same program as we do; an orphan's parent is init or some other reaper.
    private static func hasParentOfOurKind(_ process: Int32) -> Bool {
        guard let status = FileText.read("/proc/\(process)/status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("PPid:") }),
            let parent = Int32(line.dropFirst(5).drop { $0 == "\t" || $0 == " " }),
            let name = FileText.read("/proc/\(parent)/comm")
        else { return false }
        return name == FileText.read("/proc/self/comm")
    }

    /// The process that the lock file names, if it is alive and serves this folder.
    private func runningServer() -> Int32? {
        guard let text = FileText.read(self.lockFile), let line = text.split(separator: "\n").first,
            let process = Int32(line), process > 1, kill(process, 0) == 0 || errno == EPERM
        else { return nil }
        // The number may belong to a stranger by now.
        guard let command = FileText.read("/proc/\(process)/cmdline"), command.contains(self.data) else { return nil }
        return process
    }
}

/// Small text files.
enum FileText {
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The first 64 KiB of a file.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The last line of a log, for an error message.
    static func lastLine(_ path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, end - 2000), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 2000)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return "" }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
