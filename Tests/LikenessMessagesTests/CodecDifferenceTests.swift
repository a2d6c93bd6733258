import LikenessMessages
import Testing

/// What protobuf leaves to libraries, decided and written down.
@Suite struct CodecDifferenceTests {
    @Test func `of a oneof set three times the last wins`() throws {
        let number = WireBytes.field(2, 7)
        let text = WireBytes.field(9, Array("seven".utf8))
        let float = WireBytes.tag(6, 5) + [0, 0, 0xE0, 0x40]
        let nested = WireBytes.field(12, WireBytes.field(2, 2))
        #expect(try Choice(decoding: number + text + float).value == .floatValue(7))
        #expect(try Choice(decoding: float + nested + text).value == .stringValue("seven"))
        #expect(try Choice(decoding: text + number + nested).value == .nested(.init(kind: .hard)))
        #expect(try Choice(decoding: nested + text + number).value == .int32Value(7))
    }

    @Test func `a chosen member that is empty stays chosen`() throws {
        for value in [
            Choice.Value.int32Value(0), .stringValue(""), .bytesValue([]), .boolValue(false), .nested(.init()),
        ] {
            let choice = Choice(value: value)
            #expect(try Choice(decoding: choice.encodedBytes()) == choice)
        }
    }

    @Test(arguments: [Int32.max, 77, -5, .min])
    func `unknown enum values are kept`(number: Int32) throws {
        let bytes = WireBytes.field(16, UInt64(bitPattern: Int64(number)))
        let scalars = try Scalars(decoding: bytes)
        #expect(scalars.colour == .unrecognized(number))
        #expect(scalars.colour.name == "\(number)")
        #expect(try scalars.encodedBytes() == bytes)
        #expect(try Scalars(decoding: WireBytes.field(16, UInt64(bitPattern: -1))).colour == .infrared)
    }

    @Test func `any number but zero is true, packed only one`() throws {
        #expect(try Scalars(decoding: WireBytes.field(13, 2)).boolValue)
        #expect(try Lists(decoding: WireBytes.field(13, [1, 0, 1])).boolValues == [true, false, true])
        #expect(throws: MessageDecodingError(.invalidBool, field: "bool_values[0]")) {
            try Lists(decoding: WireBytes.field(13, [1, 2]))
        }
    }

    @Test func `packed and unpacked numbers may be mixed`() throws {
        let bytes = WireBytes.field(1, 1) + WireBytes.field(1, [2, 3]) + WireBytes.field(1, 4) + WireBytes.field(1, [])
        #expect(try Lists(decoding: bytes).int32Values == [1, 2, 3, 4])
    }

    @Test func `unknown fields are dropped`() throws {
        let known = WireBytes.field(1, 3)
        let bytes = WireBytes.field(900, [1, 2, 3]) + known + WireBytes.field(901, 5)
        #expect(try Scalars(decoding: bytes).encodedBytes() == known)
    }

    @Test func `entries of maps come by ascending key, and the last of a key wins`() throws {
        let maps = Maps(numbers: [3: 1, -1: 2, 0: 3], flags: [true: [1], false: [2]])
        let entries = [WireBytes.field(1, UInt64(bitPattern: -1)) + WireBytes.field(2, 2), WireBytes.field(2, 3)]
        let bytes = entries.flatMap { WireBytes.field(2, $0) } + WireBytes.field(2, WireBytes.field(1, 3) + [0x10, 1])
        #expect(try maps.encodedBytes().starts(with: bytes))
        let twice = WireBytes.field(2, [0x08, 1, 0x10, 2]) + WireBytes.field(2, [0x08, 1, 0x10, 9])
        #expect(try Maps(decoding: twice).numbers == [1: 9])
    }

    @Test func `a zero key or value of a map is left out of its entry`() throws {
        let maps = Maps(texts: ["": ""], messages: ["a": .init()])
        #expect(try maps.encodedBytes() == [0x0A, 0x00] + WireBytes.field(3, [0x0A, 1, 0x61, 0x12, 0]))
        #expect(try Maps(decoding: maps.encodedBytes()) == maps)
        // As Google's libraries write it, it means the same.
        #expect(try Maps(decoding: WireBytes.field(1, [0x0A, 0, 0x12, 0])) == Maps(texts: ["": ""]))
    }

    @Test func `negative zero is zero in a field of its own`() throws {
        #expect(try Scalars(floatValue: -0.0, doubleValue: -0.0).encodedBytes().isEmpty)
        let list = try Lists(decoding: Lists(floatValues: [-0.0]).encodedBytes())
        #expect(list.floatValues.map(\.bitPattern) == [Float(-0.0).bitPattern])
    }

    @Test func `a text with NUL is not encoded`() {
        #expect(throws: MessageEncodingError.nulInText(message: "likeness.test.v1.Scalars")) {
            try Scalars(stringValue: "admin\0x").encodedBytes()
        }
        #expect(throws: MessageEncodingError.self) { try Maps(texts: ["a\0": ""]).encodedBytes() }
    }

    @Test func `numbers of lists are packed, 384 floats in one piece`() throws {
        let values = (0..<384).map { Float($0) / 7 }
        let bytes = try Vector(values: values).encodedBytes()
        #expect(bytes.count == 1 + 2 + 384 * 4)
        #expect(
            bytes
                == WireBytes.field(
                    1,
                    values.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> ($0 * 8) & 0xFF) } }
                )
        )
        #expect(try Vector(decoding: bytes).values == values)
    }

    @Test func `encoding writes into the memory it is given, and no further`() throws {
        let scalars = Scalars(stringValue: "text", last: 1)
        let written = try scalars.withEncoder { byteCount, write in
            var room = [UInt8](repeating: 0xAA, count: byteCount + 8)
            room.withUnsafeMutableBytes { write(UnsafeMutableRawBufferPointer(rebasing: $0[4...])) }
            return room
        }
        #expect(try written == [0xAA, 0xAA, 0xAA, 0xAA] + scalars.encodedBytes() + [0xAA, 0xAA, 0xAA, 0xAA])
    }

    @Test func `an empty message is no bytes`() throws {
        #expect(try Scalars().encodedBytes().isEmpty)
        #expect(try Scalars(decoding: []) == Scalars())
        #expect(try Nothing(decoding: WireBytes.field(5, 1)) == Nothing())
    }

    @Test func `a message holds one of its own kind, as a value`() throws {
        var tree = Tree(name: "root", left: Tree(name: "left"), detour: Detour(road: .tree(Tree(name: "far"))))
        let copy = tree
        tree.left?.name = "changed"
        tree.right = tree
        #expect(copy.left?.name == "left")
        #expect(tree.right?.left?.name == "changed")
        #expect(try Tree(decoding: tree.encodedBytes()) == tree)
        #expect(tree.hashValue != copy.hashValue)
    }
}
