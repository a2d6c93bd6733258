internal import LikenessScheduling

/// The token sequences that wait for a thread, and which of them run together.
///
/// A batch has sequences of similar length only: each is padded to the same, and padding costs as much as text.
/// Searches go first; after `interactiveInARowMax` batches of them, one of the background's gets its turn. Searches take
/// turns by flow: the next is of the flow that has had the fewest tokens.
struct BatchQueue {
    struct Limits: Hashable, Sendable {
        /// The most sequences that wait, by priority.
        var interactiveMax = 256
        var backgroundMax = 512
        /// The most sequences of one batch.
        var sequencesPerBatchMax = 16
        /// The most tokens of one batch, padding included, unless one sequence alone has more. A batch cannot be
        /// interrupted, so this is how long a search may have to wait: about 0.1 ms a token.
        var tokensPerBatchMax = 256
        var interactiveInARowMax = 8
    }

    /// Batches are padded to multiples of this. The runtime prepares anew for each shape it meets, which takes 4 ms and
    /// some memory: with steps there are some seventy shapes of batches, without them over a thousand.
    static let lengthStep = 8

    struct Entry: Hashable {
        let id: UInt64
        let tokenCount: Int
    }

    /// A search's entry, and whose it is.
    private struct Owned {
        let entry: Entry
        var flow: FlowTable.Index
    }

    private let limits: Limits
    private var interactive: [Owned] = []
    private var background: [Entry] = []
    private var interactiveInARow = 0
    private var flows = FlowTable()

    init(limits: Limits) { self.limits = limits }

    /// Whether a search waits.
    var hasInteractive: Bool { !self.interactive.isEmpty }
    var isEmpty: Bool { self.interactive.isEmpty && self.background.isEmpty }
    var count: Int { self.interactive.count + self.background.count }

    /// How many more sequences of a priority and a flow may wait: a caller may have as many waiting as places are left, so
    /// that there is always one for another.
    func room(_ priority: EmbeddingPriority, for flow: Flow) -> Int {
        switch priority {
        case .interactive:
            let left = max(0, self.limits.interactiveMax - self.interactive.count)
            guard flow.class != .system else { return left }
            let waiting = self.interactive.count { self.flows.flow($0.flow) == flow }
            return max(0, (left - waiting + 1) / 2)
        case .background: return max(0, self.limits.backgroundMax - self.background.count)
        }
    }

    mutating func append(_ entry: Entry, _ priority: EmbeddingPriority, for flow: Flow) {
        switch priority {
        case .interactive: self.interactive.append(Owned(entry: entry, flow: self.flows.workArrived(of: flow)))
        case .background: self.background.append(entry)
        }
    }

    /// A search wants an entry that waits already: it becomes an interactive one, of the flow whose turn is earlier.
    mutating func join(_ id: UInt64, for flow: Flow) {
        if let index = self.background.firstIndex(where: { $0.id == id }) {
            self.append(self.background.remove(at: index), .interactive, for: flow)
        } else if let index = self.interactive.firstIndex(where: { $0.entry.id == id }) {
            let joining = self.flows.workArrived(of: flow)
            let present = self.interactive[index].flow
            let isEarlier = self.rank(joining) < self.rank(present)
            if isEarlier { self.interactive[index].flow = joining }
            self.flows.workEnded(of: isEarlier ? present : joining)
        }
    }

    mutating func remove(_ id: UInt64) {
        if let index = self.interactive.firstIndex(where: { $0.entry.id == id }) {
            self.flows.workEnded(of: self.interactive.remove(at: index).flow)
        }
        self.background.removeAll { $0.id == id }
    }

    /// Takes the next batch off the queue: the entry whose turn it is, and those that fit beside it.
    ///
    /// - Returns: None when nothing waits.
    mutating func nextBatch() -> [Entry] {
        let isBackgroundsTurn = self.interactiveInARow >= self.limits.interactiveInARowMax && !self.background.isEmpty
        if !self.interactive.isEmpty && !isBackgroundsTurn {
            self.interactiveInARow += 1
            return self.takeInteractiveBatch()
        }
        self.interactiveInARow = 0
        return self.takeBackgroundBatch()
    }

    /// The next batch for a thread that serves no search.
    mutating func nextBackgroundBatch() -> [Entry] { self.takeBackgroundBatch() }

    private mutating func takeInteractiveBatch() -> [Entry] {
        guard let first = self.nextInteractive(ofLength: nil) else { return [] }
        let length = Self.paddedLength(self.interactive[first].entry)
        var batch: [Entry] = []
        var next: Int? = first
        while let index = next {
            let taken = self.interactive.remove(at: index)
            self.flows.charge(taken.flow, Int64(length))
            self.flows.workEnded(of: taken.flow)
            batch.append(taken.entry)
            next = batch.count < self.entriesMax(ofLength: length) ? self.nextInteractive(ofLength: length) : nil
        }
        return batch
    }

    /// The first entry of the flow whose turn it is, of any length or of one.
    private func nextInteractive(ofLength length: Int?) -> Int? {
        var best: (index: Int, rank: Rank)?
        for (index, owned) in self.interactive.enumerated() {
            if let length, Self.paddedLength(owned.entry) != length { continue }
            let rank = self.rank(owned.flow)
            if best.map({ rank < $0.rank }) ?? true { best = (index, rank) }
        }
        return best?.index
    }

    private typealias Rank = (isShared: Int, virtualTime: Int64)

    private func rank(_ index: FlowTable.Index) -> Rank {
        (self.flows.flow(index).class == .system ? 0 : 1, self.flows.virtualTime(index))
    }

    private mutating func takeBackgroundBatch() -> [Entry] {
        guard let head = self.background.first else { return [] }
        let length = Self.paddedLength(head)
        let countMax = self.entriesMax(ofLength: length)
        var batch: [Entry] = []
        self.background.removeAll { entry in
            guard batch.count < countMax, Self.paddedLength(entry) == length else { return false }
            batch.append(entry)
            return true
        }
        return batch
    }

    private func entriesMax(ofLength length: Int) -> Int {
        max(1, min(self.limits.sequencesPerBatchMax, self.limits.tokensPerBatchMax / length))
    }

    private static func paddedLength(_ entry: Entry) -> Int {
        (entry.tokenCount + self.lengthStep - 1) / self.lengthStep * self.lengthStep
    }
}
