internal import CLibpq
internal import Glibc
internal import Synchronization

/// Threads of our own, for what must not run on an event loop or the cooperative pool: the reactor and calls that block.
enum Threads {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread that ends with `body`. `name` has at most 15 characters.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let work = Work {
            unsafe likeness_name_thread(name)
            body()
        }
        var thread = pthread_t()
        // SAFETY: the retained box is released exactly once, by the thread that was given it.
        let argument = unsafe Unmanaged.passRetained(work).toOpaque()
        let failure = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            },
            unsafe argument
        )
        precondition(failure == 0, "no thread could be started: \(failure)")
        pthread_detach(thread)
    }

    private static let blocking = Mutex(0)
    private static let blockingMax = 16

    /// Runs a call that may block for long on a short-lived thread. False: too many of them are stuck already.
    static func startBlocking(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isAllowed = Self.blocking.withLock { running in
            if running >= Self.blockingMax { return false }
            running += 1
            return true
        }
        guard isAllowed else { return false }
        Self.start(name: "likeness-pg-wait") {
            body()
            Self.blocking.withLock { $0 -= 1 }
        }
        return true
    }
}
