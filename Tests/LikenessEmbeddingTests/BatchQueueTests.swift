import LikenessScheduling
import Testing

@testable import LikenessEmbedding

@Suite struct `The batch queue` {
    private func queue(
        interactive: [Int] = [],
        background: [Int] = [],
        _ limits: BatchQueue.Limits = BatchQueue.Limits()
    ) -> BatchQueue {
        var queue = BatchQueue(limits: limits)
        for (index, tokenCount) in interactive.enumerated() {
            queue.append(.init(id: UInt64(index), tokenCount: tokenCount), .interactive, for: .service)
        }
        for (index, tokenCount) in background.enumerated() {
            queue.append(.init(id: UInt64(100 + index), tokenCount: tokenCount), .background, for: .service)
        }
        return queue
    }

    @Test func `the first in the queue goes, with those of similar length`() {
        var queue = self.queue(interactive: [5, 30, 8, 9, 2])
        #expect(queue.nextBatch().map(\.id) == [0, 2, 4])
        #expect(queue.nextBatch().map(\.id) == [1])
        #expect(queue.nextBatch().map(\.id) == [3])
        #expect(queue.nextBatch().isEmpty)
        #expect(queue.isEmpty)
    }

    @Test(arguments: [(8, 16), (16, 16), (17, 10), (64, 4), (65, 3), (128, 2), (129, 1), (256, 1), (300, 1)])
    func `a batch keeps to its size`(tokenCount: Int, count: Int) {
        var queue = self.queue(interactive: Array(repeating: tokenCount, count: 20))
        #expect(queue.nextBatch().count == count)
        #expect(queue.count == 20 - count)
    }

    @Test func `searches go first, and the background gets its turn`() {
        var limits = BatchQueue.Limits()
        (limits.sequencesPerBatchMax, limits.interactiveInARowMax) = (1, 3)
        var queue = self.queue(interactive: Array(repeating: 8, count: 7), background: [8, 8, 8], limits)
        let order = (0..<10).flatMap { _ in queue.nextBatch().map(\.id) }
        #expect(order == [0, 1, 2, 100, 3, 4, 5, 101, 6, 102])
    }

    @Test func `promotion moves a background entry behind the searches`() {
        var queue = self.queue(interactive: [8], background: [40, 40, 8])
        queue.join(101, for: .service)
        queue.join(0, for: .service)
        queue.join(77, for: .service)
        #expect((0..<3).map { _ in queue.nextBatch().map(\.id) } == [[0], [101], [100]])
    }

    @Test func `room is what is left below each bound`() {
        var limits = BatchQueue.Limits()
        (limits.interactiveMax, limits.backgroundMax) = (3, 2)
        var queue = self.queue(interactive: [8, 8], background: [8, 8], limits)
        #expect(queue.room(.interactive, for: .service) == 1)
        #expect(queue.room(.background, for: .service) == 0)
        queue.join(100, for: .service)
        queue.join(101, for: .service)
        #expect(queue.room(.interactive, for: .service) == 0)
        #expect(queue.room(.background, for: .service) == 2)
        queue.remove(0)
        queue.remove(1)
        queue.remove(1)
        #expect(queue.count == 2)
    }
}
