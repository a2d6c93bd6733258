import CLikenessMessages
import Testing

@testable import LikenessMessages

/// What stands between a hostile message and the machine's memory.
@Suite struct DecodingArenaTests {
    /// Bytes handed out until the arena refuses, and whether all were writable and apart.
    private func exhaust(_ arena: borrowing DecodingArena, pieces: Int) -> Int {
        let allocator = arena.allocator()
        var total = 0
        var last: UnsafeMutableRawPointer?
        while let piece = allocator.alloc(allocator.allocator_data, pieces) {
            piece.initializeMemory(as: UInt8.self, repeating: 0xA5, count: pieces)
            #expect(Int(bitPattern: piece) % 8 == 0)
            #expect(piece != last)
            last = piece
            total += pieces
        }
        return total
    }

    @Test(arguments: [(1_000, 8), (65_536, 24), (65_536, 40_000), (1 << 20, 1_000), (1 << 20, 1 << 20)])
    func `it hands out as much as its cap, and then nothing`(cap: Int, piece: Int) {
        let arena = DecodingArena(byteCountMax: cap, expected: 512)
        let total = self.exhaust(arena, pieces: piece)
        #expect(total <= cap)
        #expect(total > cap - piece - 8 * (cap / piece + 1))
        let isExhausted = arena.isExhausted
        #expect(isExhausted)
    }

    @Test func `sizes that no machine has are refused`() {
        let arena = DecodingArena(byteCountMax: 1 << 20, expected: 512)
        let allocator = arena.allocator()
        let refused = allocator.alloc(allocator.allocator_data, Int.max)
        #expect(refused == nil)
        let isExhausted = arena.isExhausted
        #expect(isExhausted)
    }
}
