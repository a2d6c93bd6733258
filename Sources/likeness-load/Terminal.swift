internal import Foundation
internal import LikenessConsole
internal import LikenessLoad
internal import Synchronization

/// What is shown while something runs, and how an interrupt ends it.
enum Terminal {
    /// Redrawn only where a person looks on.
    static var isInteractive: Bool {
        Console.errors.isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    private static let interrupted = Atomic(false)

    static var wasInterrupted: Bool { Self.interrupted.load(ordering: .relaxed) }

    /// What a shell says of a command that an interrupt ended.
    static let interruptedCode: Int32 = 128 + SIGINT

    /// Shows how `run` gets on; the first interrupt ends it early, and what was measured is reported. A second one
    /// does not wait for the calls that are under way.
    static func following<Result: Sendable>(
        title: String,
        seconds: Double,
        count: Int? = nil,
        isQuiet: Bool,
        _ run: @escaping @Sendable (@escaping @Sendable (LoadProgress) -> Void) async throws -> Result
    ) async throws -> Result {
        let isInteractive = Self.isInteractive
        return try await Self.interruptible {
            let view = Mutex(
                LiveView(
                    title: title,
                    seconds: seconds,
                    count: count,
                    isTerminal: isInteractive,
                    hasColors: TerminalStyle(for: .errors).isStyled
                )
            )
            defer { if !isQuiet { Console.show(view.withLock { $0.end() }) } }
            return try await run { progress in
                let columns = Console.errors.columns ?? 80
                if !isQuiet { Console.show(view.withLock { $0.update(progress, columns: columns) }) }
            }
        }
    }

    /// The first interrupt cancels `body`, the second ends the process.
    static func interruptible<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let interrupts = DispatchSource.makeSignalSource(signal: SIGINT)
        signal(SIGINT, SIG_IGN)
        interrupts.setEventHandler {
            if Self.interrupted.exchange(true, ordering: .relaxed) { _exit(Self.interruptedCode) }
            task.cancel()
        }
        interrupts.resume()
        defer {
            interrupts.cancel()
            signal(SIGINT, SIG_DFL)
        }
        return try await task.value
    }
}
