import Testing

@testable import LikenessEmbedding

@Suite struct `The vector cache` {
    /// The same cache, written to be obviously right: a list in order of use, newest last.
    private struct Model {
        let bytesMax: Int
        var entries: [(key: [Int32], vector: [Float])] = []

        var bytes: Int { self.entries.reduce(0) { $0 + VectorCache.cost($1.key, $1.vector) } }

        mutating func vector(for key: [Int32]) -> [Float]? {
            guard let index = self.entries.firstIndex(where: { $0.key == key }) else { return nil }
            self.entries.append(self.entries.remove(at: index))
            return self.entries.last?.vector
        }

        mutating func insert(_ vector: [Float], for key: [Int32]) {
            self.entries.removeAll { $0.key == key }
            guard VectorCache.cost(key, vector) <= self.bytesMax else { return }
            self.entries.append((key, vector))
            while self.bytes > self.bytesMax { self.entries.removeFirst() }
        }
    }

    @Test(arguments: [0, 1, 300, 1000, 5000], [1, 2, 3] as [UInt64])
    func `behaves like a list in order of use`(bytesMax: Int, seed: UInt64) {
        var random = SplitMix64(state: seed)
        var (cache, model) = (VectorCache(bytesMax: bytesMax), Model(bytesMax: bytesMax))
        for _ in 0..<3000 {
            let key = [Int32](repeating: .random(in: 0..<12, using: &random), count: .random(in: 1...3, using: &random))
            if Bool.random(using: &random) {
                let vector = [Float](
                    repeating: .random(in: 0...1, using: &random),
                    count: .random(in: 1...40, using: &random)
                )
                cache.insert(vector, for: key)
                model.insert(vector, for: key)
            } else {
                #expect(cache.vector(for: key) == model.vector(for: key))
            }
            #expect(cache.bytes == model.bytes)
            #expect(cache.bytes <= bytesMax)
            #expect(cache.count == model.entries.count)
        }
        for entry in model.entries { #expect(cache.vector(for: entry.key) == entry.vector) }
    }

    @Test func `an entry larger than the cache is not kept, nor an older one under its key`() {
        var cache = VectorCache(bytesMax: 300)
        cache.insert([1], for: [7])
        #expect(cache.vector(for: [7]) == [1])
        cache.insert([Float](repeating: 0, count: 100), for: [7])
        #expect(cache.vector(for: [7]) == nil)
        #expect(cache.bytes == 0)
    }
}

/// Random numbers that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
