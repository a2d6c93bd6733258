import LikenessMessages
import Testing

@testable import LikenessServer

/// The answer to a batch of queries, encoded item by item.
@Suite struct PackedBatchTests {
    private static func response(letters: Int) -> QueryResponse {
        QueryResponse(strategy: String(repeating: "x", count: letters))
    }

    @Test(arguments: [0, 1, 120, 130, 20_000]) func `packed items read as the message of them all`(letters: Int) throws
    {
        let response = Self.response(letters: letters)
        let error = RPCStatus(code: 3, message: "bad")
        var batch = PackedBatch(count: 3, bytesMax: 100_000)
        let packed = RawMessage(try response.encodedBytes())
        var fits = batch.append(packed)
        try batch.append(error)
        fits = batch.append(packed) && fits
        #expect(fits)
        let whole = QueryBatchResponse(results: [
            .init(result: .response(response)), .init(result: .error(error)), .init(result: .response(response)),
        ])
        #expect(try QueryBatchResponse(decoding: batch.bytes) == whole)
        #expect(try batch.bytes == whole.encodedBytes())
    }

    @Test func `an item that leaves no place for the errors of the others does not fit`() throws {
        var batch = PackedBatch(count: 4, bytesMax: 2_000)
        let large = RawMessage(try Self.response(letters: 1_000).encodedBytes())
        let fits = [batch.append(large), batch.append(large)]
        #expect(fits == [true, false])
        for _ in 0..<3 { try batch.append(RPCStatus(code: 8, message: "too large")) }
        #expect(batch.bytes.count <= 2_000)
        #expect(try QueryBatchResponse(decoding: batch.bytes).results.count == 4)
    }
}
