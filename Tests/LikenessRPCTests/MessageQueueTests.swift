import LikenessWire
import NIOCore
import Synchronization
import Testing

@testable import LikenessRPC

/// What a stream holds for a reader who does not read.
@Suite struct MessageQueueTests {
    private final class Credit: Sendable {
        let bytes = Mutex(0)
    }

    /// Messages as a peer may send them that has `window` bytes of credit and gets none back.
    private static func messages(window: Int, sizes: () -> Int) -> [ByteBuffer] {
        var credit = window
        var messages: [ByteBuffer] = []
        while credit > 0 {
            // As the protocol has it: credit may go below zero by one message.
            let size = sizes()
            credit -= size + Frame.messageOverheadBytes
            messages.append(ByteBuffer(repeating: UInt8(truncatingIfNeeded: messages.count), count: size))
        }
        return messages
    }

    @Test(arguments: [1 << 10, 64 << 10, 1 << 20], [0, 1, 2, 31, 100, 900])
    func `what nobody reads takes no more than twice the window`(window: Int, size: Int) async throws {
        let queue = MessageQueue { _ in }
        let messages = Self.messages(window: window) { size }
        for message in messages { queue.deliver(message) }
        #expect(queue.heldBytes <= 2 * (window + size), "\(messages.count) messages")
        queue.drop(RPCError(.cancelled, "over"))
        #expect(queue.heldBytes == 0)
    }

    /// A reader who is always one message behind, so that the queue is never empty.
    @Test(arguments: [(1 << 10, 1), (1 << 10, 31), (64 << 10, 900), (64 << 10, 9_000)])
    func `a reader who never catches up holds no more than twice the window`(window: Int, size: Int) async throws {
        let credit = Credit()
        let queue = MessageQueue { byteCount in credit.bytes.withLock { $0 += byteCount } }
        for message in Self.messages(window: window, sizes: { size }) { queue.deliver(message) }
        for number in 0..<(100 * window / size) {
            let message = try #require(try await queue.next())
            #expect(message.readableBytes == size)
            queue.deliver(ByteBuffer(repeating: UInt8(truncatingIfNeeded: number), count: size))
            #expect(queue.heldBytes <= 2 * (window + size))
        }
        #expect(credit.bytes.withLock(\.self) == 100 * window / size * size)
    }

    @Test func `messages of any size come out as they went in, and give their credit back`() async throws {
        var random = SystemRandomNumberGenerator()
        let credit = Credit()
        let queue = MessageQueue { byteCount in credit.bytes.withLock { $0 += byteCount } }
        let messages = Self.messages(window: 256 << 10) { Int.random(in: 0...3_000, using: &random) }
        for message in messages { queue.deliver(message) }
        queue.finish()
        for message in messages { #expect(try await queue.next() == message) }
        #expect(try await queue.next() == nil)
        #expect(credit.bytes.withLock(\.self) == messages.reduce(0) { $0 + $1.readableBytes })
        #expect(queue.heldBytes == 0)
    }
}
