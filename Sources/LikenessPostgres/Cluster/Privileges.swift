internal import Glibc

/// How programs of PostgreSQL are started: never as root, and ended when we end.
enum Privileges {
    static let isRoot = geteuid() == 0
    /// The account that Debian's packages make.
    static let serverAccount = "postgres"

    /// Put before the server's command: SIGINT is its fast shutdown.
    static var serverPrefix: [String] { Self.prefix(["--pdeathsig", "INT"]) }
    /// Put before a short-lived program.
    static var programPrefix: [String] { Self.prefix(["--pdeathsig", "TERM"]) }

    private static func prefix(_ options: [String]) -> [String] {
        let account = ["--reuid=\(Self.serverAccount)", "--regid=\(Self.serverAccount)", "--init-groups"]
        return ["setpriv"] + (Self.isRoot ? account : []) + options
    }

    /// Makes a folder that the server owns and no other account can enter.
    static func makeServerFolder(_ path: String) throws(ClusterError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw ClusterError(unsafe "cannot make the folder \(path): \(String(cString: strerror(errno)))")
        }
        var owner = geteuid()
        var group = getegid()
        if Self.isRoot {
            guard let account = unsafe getpwnam(Self.serverAccount) else {
                throw ClusterError("PostgreSQL does not run as root, and there is no account “\(Self.serverAccount)”")
            }
            owner = unsafe account.pointee.pw_uid
            group = unsafe account.pointee.pw_gid
        }
        // In a folder that anybody may write to, the name could be a stranger's trap.
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == geteuid() || status.st_uid == owner
        else { throw ClusterError("\(path) is not a folder of ours") }
        if status.st_uid != owner, unsafe lchown(path, owner, group) != 0 {
            throw ClusterError("cannot give the folder \(path) to \(Self.serverAccount)")
        }
    }

    /// Checks that the account of the server can enter every folder on the way to its own.
    ///
    /// - Parameter path: An absolute one.
    static func requireReachable(_ path: String) async throws(ClusterError) {
        guard Self.isRoot, try await !Self.accountEnters(path) else { return }
        let parts = path.split(separator: "/")
        for count in parts.indices {
            let parent = "/" + parts[..<count].joined(separator: "/")
            guard try await !Self.accountEnters(parent) else { continue }
            throw ClusterError(
                """
                PostgreSQL does not run as root but as the account “\(Self.serverAccount)”, which cannot enter \(parent): choose \
                a folder that it can reach, as below /var/lib, or let it pass with chmod o+x \(parent)
                """
            )
        }
    }

    private static func accountEnters(_ path: String) async throws(ClusterError) -> Bool {
        let arguments = Self.programPrefix + ["test", "-x", path]
        return try await ChildProcess.run(arguments, environment: PrivateCluster.environment, logFile: nil) == 0
    }
}
