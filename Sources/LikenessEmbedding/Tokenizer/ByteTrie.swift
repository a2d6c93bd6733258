/// A map from byte strings to integers that finds the longest key at a position in one walk.
///
/// All edges share one open-addressed table, so that a walk costs one probe a byte.
struct ByteTrie: Sendable {
    static let root: UInt32 = 0

    /// One more than `node << 8 | byte` for each edge; 0 where the slot is free.
    private var edges: [UInt32]
    /// The node each edge leads to.
    private var targets: [UInt32]
    /// The value of the key that ends at each node, -1 where none does.
    private var values: [Int32] = [-1]
    private let slotMask: UInt32

    /// Makes an empty trie with room for keys of `byteCountMax` bytes together, fewer than 2²³.
    init(byteCountMax: Int) {
        precondition(byteCountMax < 1 << 23, "a node and a byte must fit 32 bits")
        // At most half full: probes stay short.
        var slotCount = 16
        while slotCount < byteCountMax * 2 { slotCount *= 2 }
        self.slotMask = UInt32(slotCount - 1)
        self.edges = Array(repeating: 0, count: slotCount)
        self.targets = Array(repeating: 0, count: slotCount)
    }

    /// Adds a key, replacing its value if there is one; without a value, just makes its node.
    ///
    /// - Returns: The node where the key ends.
    @discardableResult
    mutating func insert(_ key: ArraySlice<UInt8>, value: Int32?) -> UInt32 {
        var node = Self.root
        for byte in key {
            let slot = self.slot(node, byte)
            if self.edges[slot] == 0 {
                self.edges[slot] = (node << 8 | UInt32(byte)) + 1
                self.targets[slot] = UInt32(self.values.count)
                self.values.append(-1)
            }
            node = self.targets[slot]
        }
        if let value { self.values[Int(node)] = value }
        return node
    }

    func value(of key: [UInt8]) -> Int32? {
        guard let match = self.longestMatch(in: key[...], from: Self.root), match.byteCount == key.count else {
            return nil
        }
        return match.id
    }

    /// Finds the longest key, counted from `node`, at the start of `bytes`; `nil` when none fits.
    func longestMatch(in bytes: ArraySlice<UInt8>, from start: UInt32) -> (id: Int32, byteCount: Int)? {
        var (node, longest, byteCount) = (start, nil as (id: Int32, byteCount: Int)?, 0)
        for byte in bytes {
            let slot = self.slot(node, byte)
            guard self.edges[slot] != 0 else { break }
            node = self.targets[slot]
            byteCount += 1
            if self.values[Int(node)] >= 0 { longest = (self.values[Int(node)], byteCount) }
        }
        return longest
    }

    /// The slot that holds an edge, or the free one where it would go.
    private func slot(_ node: UInt32, _ byte: UInt8) -> Int {
        let edge = (node << 8 | UInt32(byte)) + 1
        // Fibonacci hashing: the multiplier spreads neighbouring nodes over the table.
        var slot = (edge &* 2_654_435_769) >> 7 & self.slotMask
        while self.edges[Int(slot)] != 0 && self.edges[Int(slot)] != edge { slot = (slot + 1) & self.slotMask }
        return Int(slot)
    }
}
