internal import Foundation
internal import LikenessConsole
package import LikenessReflection
internal import Synchronization

/// The requests of a call, one JSON value each: from arguments, files and standard input, read as they are asked for.
package actor JSONRequests {
    package struct Request: Sendable {
        /// From 1.
        package let number: Int
        package let text: [UInt8]
        /// Where it stands in its file, argument or standard input.
        package let start: JSONPlace
    }

    private var sources: [String]
    private var reader: ChunkReader?
    private var splitter = JSONValueSplitter()
    private var ready: [JSONValueSplitter.Value] = []
    private var count = 0

    /// - Parameter arguments: JSON texts, `@FILE` for a file and `-` for standard input.
    package init(arguments: [String]) { self.sources = arguments.reversed() }

    /// - Returns: `nil` after the last.
    package func next() async throws -> Request? {
        while self.ready.isEmpty {
            if let reader = self.reader {
                let chunk = try await reader.next()
                if chunk.isEmpty {
                    self.reader = nil
                    self.endSource()
                } else {
                    self.ready = self.splitter.received(chunk)
                }
            } else if let source = self.sources.popLast() {
                try self.open(source)
            } else {
                return nil
            }
        }
        self.count += 1
        let value = self.ready.removeFirst()
        return Request(number: self.count, text: value.text, start: value.start)
    }

    private func open(_ source: String) throws(CommandFailure) {
        if source == "-" {
            self.reader = ChunkReader(.standardInput)
        } else if source.hasPrefix("@") {
            let path = String(source.dropFirst())
            do {
                self.reader = ChunkReader(FileHandle(fileDescriptor: try InputFile.open(path), closeOnDealloc: true))
            } catch {
                throw CommandFailure("\(path): \(error)", exitCode: 1)
            }
        } else {
            self.ready = self.splitter.received(source.utf8)
            self.endSource()
        }
    }

    /// A value does not go on in the next argument.
    private func endSource() {
        if let last = self.splitter.ended() { self.ready.append(last) }
    }
}

/// Reads a file or terminal on a thread of its own, a piece at a time; whoever waits can be cancelled.
private final class ChunkReader: Sendable {
    private let file: FileHandle
    private let queue = DispatchQueue(label: "requests")
    private let waiting = Mutex<CheckedContinuation<[UInt8], any Error>?>(nil)

    init(_ file: FileHandle) { self.file = file }

    /// - Returns: What there is; nothing at the end.
    func next() async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.waiting.withLock { $0 = continuation }
                if Task.isCancelled { return self.resume(.failure(CancellationError())) }
                // What is read after a cancellation is lost; nothing reads on then.
                self.queue.async { self.resume(.success(Array(self.file.availableData))) }
            }
        } onCancel: {
            self.resume(.failure(CancellationError()))
        }
    }

    private func resume(_ result: Result<[UInt8], any Error>) {
        let continuation = self.waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }
}
