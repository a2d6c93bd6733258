internal import LikenessMessages

/// The answer to a `QueryBatch`, encoded item by item as they are found: other calls are served between them, and at the
/// deadline nothing is left to encode. It fits into a frame that the client takes.
struct PackedBatch {
    private(set) var bytes: [UInt8] = []
    private let bytesMax: Int
    /// Items without a result yet.
    private var itemsLeft: Int
    /// Kept back for each of them: an error with its details.
    private static var errorBytes: Int { 256 }

    init(count: Int, bytesMax: Int) {
        self.itemsLeft = count
        self.bytesMax = bytesMax
    }

    /// - Returns: False when it does not fit; the item is still without a result then.
    mutating func append(_ response: RawMessage) -> Bool {
        // results = 1 { response = 1 { … } }
        let inner = Self.header(byteCount: response.bytes.count)
        let outer = Self.header(byteCount: inner.count + response.bytes.count)
        let byteCount = outer.count + inner.count + response.bytes.count
        guard self.bytes.count + byteCount + (self.itemsLeft - 1) * Self.errorBytes <= self.bytesMax else {
            return false
        }
        self.bytes += outer
        self.bytes += inner
        self.bytes += response.bytes
        self.itemsLeft -= 1
        return true
    }

    mutating func append(_ error: RPCStatus) throws {
        // Messages that follow each other are one, with the items of all.
        self.bytes += try QueryBatchResponse(results: [.init(result: .error(error))]).encodedBytes()
        self.itemsLeft -= 1
    }

    /// Of field 1, a message.
    private static func header(byteCount: Int) -> [UInt8] {
        var header: [UInt8] = [1 << 3 | 2]
        var rest = byteCount
        while rest >= 0x80 {
            header.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        header.append(UInt8(rest))
        return header
    }
}
