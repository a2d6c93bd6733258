internal import LikenessStatistics
internal import LikenessWire
internal import NIOCore

/// Frames that begin one call, encoded before the run; only the stream's number is missing.
package struct PreparedRequest: Sendable {
    /// REQUEST, and MESSAGE for each different message of a call that streams them.
    let frames: [ByteBuffer]
    /// Messages that a call streams: the frames' in turn.
    let messageCount: Int
    /// Whether the answer is a stream, which lasts until the end of the run if it does not end before.
    let streamsAnswers: Bool
    /// Whether a message is sent only when the one before is answered.
    let isLockstep: Bool
    let timeoutNanoseconds: UInt64?
    /// Of the first frame; the messages of a stream are counted as they are sent.
    let byteCount: Int

    /// - Parameters:
    ///   - method: `likeness.v1.SearchService/Query`.
    ///   - messages: Encoded; one unless the method takes a stream.
    ///   - messageCount: Messages that each call streams, `messages` in turn; each once if `nil`.
    ///   - timeout: What the server is told, and how long an answer is waited for; `nil` for as long as the run lasts.
    package init(
        method: String,
        messages: [[UInt8]],
        streamsRequests: Bool = false,
        streamsAnswers: Bool = false,
        messageCount: Int? = nil,
        isLockstep: Bool = false,
        timeout: Duration?
    ) {
        let head = RequestHead(method: method, timeoutMicroseconds: RequestHead.microseconds(timeout))
        var frames: [ByteBuffer] = []
        if streamsRequests {
            var first = ByteBuffer()
            first.writeRequest(0, head, isLast: messages.isEmpty)
            frames.append(first)
            for message in messages {
                var frame = ByteBuffer()
                frame.writeMessage(0, isLast: false) { $0.writeBytes(message) }
                frames.append(frame)
            }
        } else {
            precondition(messages.count == 1, "a call that does not stream sends one message")
            var only = ByteBuffer()
            only.writeRequest(0, head, isLast: true) { $0.writeBytes(messages[0]) }
            frames.append(only)
        }
        self.frames = frames
        self.messageCount = streamsRequests && !messages.isEmpty ? messageCount ?? messages.count : 0
        self.streamsAnswers = streamsAnswers
        self.isLockstep = isLockstep
        self.timeoutNanoseconds = timeout.map { UInt64($0 / .nanoseconds(1)) }
        self.byteCount = frames[0].readableBytes
    }

    var streamsRequests: Bool { self.frames.count > 1 }
}

/// What is sent: kinds of requests, how often each comes, and their prepared requests.
package struct Workload: Sendable {
    package struct Kind: Sendable {
        /// `vector`, or a method's name.
        package let name: String
        package let weight: Double
        /// Sent in turn. Never empty.
        package let requests: [PreparedRequest]

        package init(name: String, weight: Double, requests: [PreparedRequest]) {
            precondition(!requests.isEmpty && weight > 0, "a kind has requests and a weight")
            (self.name, self.weight, self.requests) = (name, weight, requests)
        }
    }

    package let kinds: [Kind]

    package init(_ kinds: [Kind]) {
        precondition(!kinds.isEmpty, "a workload sends something")
        self.kinds = kinds
    }
}

/// Which request comes next, for one worker; the same for the same seed.
struct RequestPicker: Sendable {
    struct Choice: Sendable {
        let kind: Int
        let request: Int
    }

    private let cumulative: [Double]
    private let counts: [Int]
    private var next: [Int]
    private var random: SplitMix64

    init(_ workload: Workload, worker: Int, seed: UInt64) {
        var sum = 0.0
        self.cumulative = workload.kinds.map { kind in
            sum += kind.weight
            return sum
        }
        self.counts = workload.kinds.map(\.requests.count)
        // Workers begin far from each other, so that they do not send the same one shortly after another.
        self.next = self.counts.map { Int(Double($0) * 0.618 * Double(worker)) % $0 }
        self.random = SplitMix64(seed: seed &+ 0x9E37 &* UInt64(worker + 1))
    }

    mutating func pick() -> Choice {
        var kind = 0
        if self.cumulative.count > 1 {
            let value = Double.random(in: 0..<(self.cumulative.last ?? 1), using: &self.random)
            kind = self.cumulative.firstIndex { value < $0 } ?? self.cumulative.count - 1
        }
        let request = self.next[kind]
        self.next[kind] = request + 1 == self.counts[kind] ? 0 : request + 1
        return Choice(kind: kind, request: request)
    }
}
