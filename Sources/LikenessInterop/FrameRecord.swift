internal import Foundation
internal import Synchronization

/// What a server saw and said, a line of JSON for each frame, in the order of every connection.
///
/// A file for those who write a client: `{"connection":1,"frame":"REQUEST","from":"client","method":…}`.
package final class FrameRecord: Sendable {
    /// Lines that may wait to be written; what comes beyond them is counted as lost.
    private static let linesMax = 200_000

    private let lines: AsyncStream<Line>.Continuation
    private let writer: Task<Void, Never>
    private let state = Mutex((connections: 0, lost: 0))

    /// - Parameter file: Made anew.
    /// - Throws: When it cannot be written.
    package init(file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file])
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        let (stream, lines) = AsyncStream.makeStream(of: Line.self, bufferingPolicy: .bufferingOldest(Self.linesMax))
        self.lines = lines
        self.writer = Task {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            for await line in stream {
                guard let text = try? encoder.encode(line) else { continue }
                // A full disk loses the record and nothing else.
                try? handle.write(contentsOf: text + Data("\n".utf8))
            }
            try? handle.close()
        }
    }

    /// The number of a connection that begins.
    func connection() -> Int {
        self.state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    func add(_ line: Line) {
        let lost = self.state.withLock { $0.lost }
        if lost > 0, case .enqueued = self.lines.yield(Line(lost: lost)) { self.state.withLock { $0.lost -= lost } }
        if case .dropped = self.lines.yield(line) { self.state.withLock { $0.lost += 1 } }
    }

    /// Writes what is left.
    package func close() async {
        self.lines.finish()
        await self.writer.value
    }
}

extension FrameRecord {
    /// One line. What does not apply is left out.
    struct Line: Encodable, Sendable {
        /// Text, or `{"base64": …}` for bytes that are not UTF-8.
        enum Value: Encodable, Sendable {
            case text(String), bytes(Data)

            func encode(to encoder: any Encoder) throws {
                switch self {
                case .text(let text):
                    var container = encoder.singleValueContainer()
                    try container.encode(text)
                case .bytes(let bytes):
                    var container = encoder.singleValueContainer()
                    try container.encode(["base64": bytes.base64EncodedString()])
                }
            }
        }

        /// Bytes of a message that are shown whole.
        static let messageBytesMax = 1_024

        var connection: Int?
        /// "opened", "closed", or what was wrong with the bytes that came.
        var event: String?
        /// "URI:..." and "DNS:..." of the caller's certificate.
        var certificate: [String]?
        /// "client" or "server".
        var from: String?
        var frame: String?
        var stream: UInt32?
        var method: String?
        /// As it travels: 0 for none.
        var timeout_us: UInt64?
        var metadata: [[Value]]?
        var trailers: [[Value]]?
        /// Of the message; absent when the frame carries none.
        var bytes: Int?
        /// The message in base64, when it is short.
        var message: String?
        var last: Bool?
        var code: Int?
        var text: String?
        var reason: String?
        var not_processed: Bool?
        var credit: UInt32?
        /// By their numbers; those that a HELLO leaves out with their defaults.
        var settings: [String: UInt32]?
        /// Lines that could not be kept.
        var lost: Int?
    }
}
