internal import Foundation
internal import Glibc

/// Standard output and standard error: the one place where the programs print.
///
/// It writes ``DisplayText`` only, and reports what could not be written. `Tests/Scripts/printing.sh` sees to it that no other
/// source of the programs prints.
package struct Console: Sendable {
    /// For results.
    package static let output = Console(descriptor: STDOUT_FILENO, name: "standard output")
    /// For messages and progress.
    package static let errors = Console(descriptor: STDERR_FILENO, name: "standard error")

    private let descriptor: Int32
    private let name: String

    private init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// - Throws: `OutputError` when not all of it could be written.
    package func write(_ text: DisplayText) throws(OutputError) {
        var rest = Array(text.text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody else made the terminal or pipe non-blocking: it is shared.
                var wait = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, -1)
            } else if errno != EINTR {
                throw OutputError(place: self.name, code: errno)
            }
        }
    }

    package func writeLine(_ text: DisplayText = "") throws(OutputError) { try self.write(text + "\n") }

    /// A message on standard error. When that is closed or full, there is no place left to report it.
    package static func say(_ line: DisplayText) { Self.show(line + "\n") }

    /// A part of what is redrawn on standard error.
    package static func show(_ text: DisplayText) { try? Self.errors.write(text) }

    package var isTerminal: Bool { isatty(self.descriptor) == 1 }

    /// Cells of a line of the terminal, which may be resized at any time; `nil` where there is none.
    package var columns: Int? {
        guard self.isTerminal else { return nil }
        var size = winsize()
        guard ioctl(self.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// Output that could not be written.
package struct OutputError: Error, CustomStringConvertible {
    let place: String
    let code: Int32

    /// Whoever read the pipe has stopped, as `head` does.
    var isClosedPipe: Bool { self.code == EPIPE }

    package var description: String { "\(self.place) cannot be written: \(String(cString: strerror(self.code)))" }
}
