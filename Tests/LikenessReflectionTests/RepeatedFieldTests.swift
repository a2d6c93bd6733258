import LikenessMessages
import Testing

@testable import LikenessReflection

/// Answers made to keep a decoder busy.
@Suite struct RepeatedFieldTests {
    /// google.protobuf.DescriptorProto given `count` times as the one value of a singular field, each with one more item.
    private static func message(_ count: Int) -> [UInt8] {
        // FieldDescriptorProto.options (8) is a singular message; FieldOptions.uninterpreted_option (999) repeats.
        var item = ProtobufWriter()
        item.writeTag(999, 2)
        item.writeLengthDelimited([])
        var writer = ProtobufWriter()
        for _ in 0..<count {
            writer.writeTag(8, 2)
            writer.writeLengthDelimited(item.bytes)
        }
        return writer.bytes
    }

    @Test func `a message that is given again and again is merged in place`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let type = try #require(pool.message("google.protobuf.FieldDescriptorProto"))
        func time(_ count: Int) throws -> Duration {
            let bytes = Self.message(count)
            return try ContinuousClock().measure {
                let message = try DynamicDecoder(pool: pool).decode(bytes[...], as: type)
                guard case .message(let options)? = message[8] else { return }
                #expect(options.list(999).count == count)
            }
        }
        _ = try time(100)
        // Sixteen times the work takes some sixteen times as long; copies would make it 256.
        let (few, many) = (try time(1_000), try time(16_000))
        #expect(many < few * 100, "\(few), \(many)")
    }
}
