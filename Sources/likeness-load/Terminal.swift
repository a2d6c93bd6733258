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

    /// - SeeAlso: https://no-color.org
    private static var hasColors: Bool {
        (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Of the terminal, which may be resized at any time.
    private static var columns: Int {
        var size = winsize()
        // SAFETY: TIOCGWINSZ fills in a `winsize`, and `size` outlives the call.
        let answer = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
        return answer == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
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
                    hasColors: Self.hasColors
                )
            )
            defer { if !isQuiet { Terminal.show(view.withLock { $0.end() }) } }
            return try await run { progress in
                if !isQuiet { Terminal.show(view.withLock { $0.update(progress, columns: Self.columns) }) }
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
