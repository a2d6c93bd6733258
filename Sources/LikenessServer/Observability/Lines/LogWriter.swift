internal import Dispatch
internal import Foundation
internal import Logging
internal import Synchronization

/// Writes lines to a descriptor on a thread of its own: whole lines, in order, never on the caller's thread.
///
/// A line that may be dropped is given up when the descriptor fails, or takes nothing for a second; a kept one is tried
/// again until it is written. How many were dropped is the next line that is written.
final class LogWriter: Sendable {
    private struct State {
        var queue = LogQueue()
        var isWriting = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let descriptor: Int32
    /// Whether lines wait, for a signal handler, which may take no lock.
    private let isPending = Atomic(false)

    /// Of the lines that it adds itself.
    private let style: @Sendable () -> LogStyle

    init(descriptor: Int32, style: @escaping @Sendable () -> LogStyle = { LogStyle() }) {
        self.descriptor = descriptor
        self.style = style
        let thread = Thread { self.run() }
        thread.name = "likeness-log"
        thread.start()
    }

    /// Never blocks on the descriptor.
    func write(_ line: [UInt8], keep: Bool) {
        let wakes = self.state.withLock { state in
            state.queue.append(.init(bytes: line, isKept: keep))
            defer { self.set(&state, isWriting: true) }
            return !state.isWriting
        }
        if wakes { self.wakeUp.signal() }
    }

    private func set(_ state: inout State, isWriting: Bool) {
        state.isWriting = isWriting
        self.isPending.store(isWriting, ordering: .sequentiallyConsistent)
    }

    var takesKeptLines: Bool { self.state.withLock { $0.queue.takesKeptLines } }

    /// Waits until everything is written, or the time is over.
    func flush(within bound: Duration) {
        let end = ContinuousClock.now.advanced(by: bound)
        while self.state.withLock({ $0.isWriting }), ContinuousClock.now < end { usleep(1_000) }
    }

    /// As ``flush(within:)`` for two seconds, where no lock may be taken and nothing allocated: in the handler of a signal.
    func flushInSignalHandler() {
        var waits = 2_000
        while waits > 0, self.isPending.load(ordering: .sequentiallyConsistent) {
            usleep(1_000)
            waits -= 1
        }
    }

    private func run() {
        var isMidLine = false
        while true {
            self.wakeUp.wait()
            while let (lines, dropped) = self.next() {
                if dropped > 0 {
                    _ = self.put(self.style().bytes(ofDropped: dropped), keep: false, &isMidLine)
                }
                for line in lines {
                    let isWritten = self.put(line.bytes, keep: line.isKept, &isMidLine)
                    self.state.withLock { $0.queue.written(line, wasDropped: !isWritten) }
                }
            }
        }
    }

    /// `nil`, and no longer writing, when there is nothing.
    private func next() -> (lines: [LogQueue.Line], dropped: Int)? {
        self.state.withLock { state in
            self.set(&state, isWriting: !state.queue.isEmpty)
            return state.isWriting ? state.queue.take() : nil
        }
    }

    // MARK: One line

    private static let patience = Duration.seconds(1)

    /// - Returns: Whether it was written.
    private func put(_ line: [UInt8], keep: Bool, _ isMidLine: inout Bool) -> Bool {
        var pause: UInt32 = 10_000
        while true {
            let bytes = isMidLine ? [UInt8(ascii: "\n")] + line : line
            if self.attempt(bytes, keep: keep, &isMidLine) { return true }
            guard keep else { return false }
            usleep(pause)
            pause = min(pause * 2, 1_000_000)
        }
    }

    private func attempt(_ bytes: [UInt8], keep: Bool, _ isMidLine: inout Bool) -> Bool {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(self.descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                isMidLine = !rest.isEmpty
                continue
            }
            if errno == EINTR { continue }
            guard errno == EAGAIN, keep || ContinuousClock.now < end else { return false }
            var poll = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
            _ = Foundation.poll(&poll, 1, 100)
        }
        return true
    }
}

extension LogStyle {
    /// The line that says how many others there are not.
    fileprivate func bytes(ofDropped count: Int) -> [UInt8] {
        let event = LogEvent(
            level: .warning,
            message: "lines were dropped: the log is slower than what is written to it",
            metadata: nil,
            source: "LikenessServer",
            file: #fileID,
            function: #function,
            line: #line
        )
        return self.bytes(of: event, label: "likeness.log", metadata: ["count": "\(count)"])
    }
}
