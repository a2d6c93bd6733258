import Foundation
import LikenessReflection
import Testing

@Suite struct DescriptorPoolTests {
    @Test func `damaged descriptor sets are refused or read, and JSON of damaged messages too`() throws {
        let set = try TestProtos.fileDescriptorSet.get()
        for count in stride(from: 0, to: set.count, by: 97) {
            _ = try? DescriptorPool(fileDescriptorSets: [Array(set.prefix(count))])
        }
        let transcoder = JSONTranscoder(pool: try TestProtos.pool.get())
        let json =
            #"{"timestamp":"2024-02-29T00:00:00Z","struct":{"a":[1,{"b":null}]},"any":{"@type":"x/reflection.test.Plain"}}"#
        let type = try TestProtos.type("Known")
        let bytes = try transcoder.bytes(ofJSON: Array(json.utf8), as: type)
        for _ in 0..<300 {
            _ = try? DescriptorPool(fileDescriptorSets: [Self.damaged(set)])
            _ = try? transcoder.json(of: Self.damaged(bytes), as: type)
            _ = try? transcoder.bytes(ofJSON: Self.damaged(Array(json.utf8)), as: type)
        }
        // What is whole still reads as before.
        #expect(try transcoder.json(of: bytes, as: type).text() == json)
    }

    private static func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4) where !bytes.isEmpty {
            bytes[Int.random(in: bytes.indices)] = .random(in: 0...255)
        }
        return bytes
    }

    @Test func `the first of two files with one path counts, and imports that are not there do no harm`() throws {
        let set = try TestProtos.fileDescriptorSet.get()
        let twice = try DescriptorPool(fileDescriptorSets: [set, set])
        let once = try TestProtos.pool.get()
        #expect(twice.files.map(\.path) == once.files.map(\.path))
        let alone = try TestProtos.compiled("modern.proto", in: TestProtos.folder.path)
        let pool = try DescriptorPool(fileDescriptorSets: [alone])
        #expect(pool.files.map(\.path) == ["modern.proto"])
        let type = try #require(pool.message("reflection.test.Known"))
        let refused = #expect(throws: TranscodingError.self) {
            try JSONTranscoder(pool: pool).bytes(ofJSON: Array(#"{"timestamp":"x"}"#.utf8), as: type)
        }
        #expect(refused?.description == "timestamp: the type google.protobuf.Timestamp is not known")
    }
}
