internal import LikenessMessages

/// The items of a batch's answer, as many as fit into a frame that the client takes.
struct BoundedResults<Item: Message> {
    enum Result {
        case none
        case item(Item)
        case tooLarge
    }

    private(set) var results: [Result]
    private var bytesLeft: Int
    /// What every item has at least: an error with its details.
    private static var errorBytes: Int { 256 }

    /// Whether no further item can fit.
    var isFull: Bool { self.bytesLeft <= 0 }

    init(count: Int, bytesMax: Int) {
        self.results = Array(repeating: .none, count: count)
        self.bytesLeft = bytesMax - count * Self.errorBytes
    }

    /// Puts one item at each index where it fits.
    ///
    /// - Parameter besides: Bytes of what stands beside each of them.
    mutating func add(_ item: Item, at indices: [Int], besides: Int = 0) {
        let most = max(0, self.bytesLeft) + Self.errorBytes
        guard let byteCount = try? item.encodedByteCount(max: most) else {
            for index in indices { self.results[index] = .tooLarge }
            return
        }
        let cost = max(0, byteCount + besides + 16 - Self.errorBytes)
        for index in indices {
            guard cost <= self.bytesLeft || cost == 0 else {
                self.results[index] = .tooLarge
                continue
            }
            self.results[index] = .item(item)
            self.bytesLeft -= cost
        }
    }
}
