internal import CLibpq
internal import Glibc
internal import Synchronization

/// A program that runs until it ends or its parent does.
///
/// Each child has a thread that starts it and waits for it. `setpriv --pdeathsig` ends a child with the thread that
/// started it, so that thread must live as long as the child.
package final class ChildProcess: Sendable {
    package let process: Int32
    private let state = Mutex(State())

    private struct State {
        var exitCode: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private init(process: Int32) {
        self.process = process
    }

    /// Starts a program in a process group of its own, so that a terminal's interrupt reaches only us.
    ///
    /// - Parameter logFile: Takes standard output and error; `nil` drops them.
    package static func start(
        _ arguments: [String],
        environment: [String: String],
        logFile: String?
    ) async throws(ClusterError) -> ChildProcess {
        let started: Result<ChildProcess, ClusterError> = await withCheckedContinuation { continuation in
            Threads.start(name: "likeness-child") {
                let (failure, process) = Self.spawn(arguments, environment: environment, logFile: logFile)
                guard failure == 0 else {
                    let reason = unsafe String(cString: strerror(failure))
                    continuation.resume(returning: .failure(ClusterError("cannot start \(arguments[0]): \(reason)")))
                    return
                }
                let child = ChildProcess(process: process)
                continuation.resume(returning: .success(child))
                child.waitInPlace()
            }
        }
        return try started.get()
    }

    /// Runs a program to its end.
    package static func run(
        _ arguments: [String],
        environment: [String: String],
        logFile: String?
    ) async throws(ClusterError) -> Int32 {
        await (try Self.start(arguments, environment: environment, logFile: logFile)).exit()
    }

    /// Returns the exit code once the program has ended; 128 + n if signal n ended it.
    package func exit() async -> Int32 {
        await withCheckedContinuation { continuation in
            let exitCode = self.state.withLock { state in
                if state.exitCode == nil { state.waiting.append(continuation) }
                return state.exitCode
            }
            if let exitCode { continuation.resume(returning: exitCode) }
        }
    }

    package var isRunning: Bool { self.state.withLock { $0.exitCode == nil } }

    package func signal(_ number: Int32) {
        // Under the lock: once the child is reaped, its number may belong to a stranger.
        self.state.withLock { state in
            if state.exitCode == nil { kill(self.process, number) }
        }
    }

    private func waitInPlace() {
        // Seen first, reaped under the lock: see `signal`.
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(self.process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (exitCode, waiting) = self.state.withLock { state in
            var status: Int32 = 0
            while unsafe waitpid(self.process, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            let exitCode = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            state.exitCode = exitCode
            defer { state.waiting.removeAll() }
            return (exitCode, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: exitCode) }
    }

    private static func spawn(
        _ arguments: [String],
        environment: [String: String],
        logFile: String?
    ) -> (failure: Int32, process: pid_t) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions,
            1,
            logFile ?? "/dev/null",
            O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW,
            0o600
        )
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Nothing else of ours: a server that inherits another child's pipe would hold it open as long as it lives.
        unsafe likeness_spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        var none = sigset_t()
        unsafe sigfillset(&all)
        unsafe sigemptyset(&none)
        // What we ignore or block is no business of the child's.
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        )

        var process: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map {
            unsafe strdup("\($0.key)=\($0.value)")
        }
        unsafe words.append(nil)
        unsafe variables.append(nil)
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        let failure = unsafe posix_spawnp(&process, arguments[0], &actions, &attributes, words, variables)
        return (failure, process)
    }
}

/// Why a private server could not be set up, started or stopped.
package struct ClusterError: Error, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
