/// The vectors of the texts asked for most recently, bounded in bytes.
///
/// Keys are token sequences: two spellings that the model cannot tell apart share an entry.
struct VectorCache {
    /// What an entry costs beside its numbers: two array headers, the dictionary's and the list's share.
    static let overheadBytes = 192

    private struct Slot {
        let key: [Int32]
        let vector: [Float]
        /// Neighbours in order of use; -1 at the ends.
        var older: Int
        var newer: Int
    }

    private let bytesMax: Int
    private(set) var bytes = 0
    private var slots: [Slot?] = []
    private var freeSlots: [Int] = []
    private var slotOfKey: [[Int32]: Int] = [:]
    private var oldest = -1
    private var newest = -1

    /// Makes an empty cache; with 0 bytes it stays empty.
    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var count: Int { self.slotOfKey.count }

    /// Looks a sequence up, and counts that as a use.
    mutating func vector(for key: [Int32]) -> [Float]? {
        guard let index = self.slotOfKey[key], let slot = self.slots[index] else { return nil }
        if index != self.newest {
            self.unlink(index)
            self.linkNewest(index)
        }
        return slot.vector
    }

    /// Adds or replaces an entry, then drops those unused longest until the bound holds again.
    mutating func insert(_ vector: [Float], for key: [Int32]) {
        if let index = self.slotOfKey[key] { self.remove(index) }
        guard Self.cost(key, vector) <= self.bytesMax else { return }
        let slot = Slot(key: key, vector: vector, older: -1, newer: -1)
        let index: Int
        if let free = self.freeSlots.popLast() {
            index = free
            self.slots[free] = slot
        } else {
            index = self.slots.count
            self.slots.append(slot)
        }
        self.slotOfKey[key] = index
        self.bytes += Self.cost(key, vector)
        self.linkNewest(index)
        while self.bytes > self.bytesMax { self.remove(self.oldest) }
    }

    static func cost(_ key: [Int32], _ vector: [Float]) -> Int { (key.count + vector.count) * 4 + self.overheadBytes }

    private mutating func remove(_ index: Int) {
        self.unlink(index)
        guard let slot = self.slots[index] else { return }
        self.slots[index] = nil
        self.slotOfKey[slot.key] = nil
        self.bytes -= Self.cost(slot.key, slot.vector)
        self.freeSlots.append(index)
    }

    private mutating func linkNewest(_ index: Int) {
        self.slots[index]?.older = self.newest
        self.slots[index]?.newer = -1
        if self.newest >= 0 { self.slots[self.newest]?.newer = index } else { self.oldest = index }
        self.newest = index
    }

    private mutating func unlink(_ index: Int) {
        guard let slot = self.slots[index] else { return }
        if slot.older >= 0 { self.slots[slot.older]?.newer = slot.newer } else { self.oldest = slot.newer }
        if slot.newer >= 0 { self.slots[slot.newer]?.older = slot.older } else { self.newest = slot.older }
    }
}
