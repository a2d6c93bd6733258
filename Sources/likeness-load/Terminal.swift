internal import Foundation
internal import LikenessLoad
internal import Synchronization

/// The tester's side of standard error.
enum Terminal {
    static func say(_ line: String) { Self.show(line + "\n") }

    static func show(_ text: String) {
        if !text.isEmpty { FileHandle.standardError.write(Data(text.utf8)) }
    }

    /// Redrawn only where a person looks on.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    private static let interrupted = Atomic(false)

    static var wasInterrupted: Bool { Self.interrupted.load(ordering: .relaxed) }

    /// Shows how `run` gets on; the first interrupt ends it early, and what was measured is reported.
    static func following<Result: Sendable>(
        title: String,
        seconds: Double,
        isQuiet: Bool,
        _ run: @escaping @Sendable (@escaping @Sendable (LoadProgress) -> Void) async throws -> Result
    ) async throws -> Result {
        let isInteractive = Self.isInteractive
        let task = Task {
            let view = Mutex(LiveView(title: title, seconds: seconds, isTerminal: isInteractive))
            defer { if !isQuiet { Terminal.show(view.withLock { $0.end() }) } }
            return try await run { progress in
                if !isQuiet { Terminal.show(view.withLock { $0.update(progress) }) }
            }
        }
        let interrupts = DispatchSource.makeSignalSource(signal: SIGINT)
        signal(SIGINT, SIG_IGN)
        interrupts.setEventHandler {
            Self.interrupted.store(true, ordering: .relaxed)
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
