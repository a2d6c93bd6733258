import LikenessMessages
import Testing

/// Bytes that are made to hurt: each is refused with the path of the field, and costs little.
@Suite struct HostileMessageTests {
    private func error(_ type: (some Message).Type, _ bytes: [UInt8]) -> MessageDecodingError? {
        do {
            _ = try type.init(decoding: bytes)
            return nil
        } catch { return error }
    }

    // MARK: Depth

    @Test func `thirty-two messages inside a message are enough`() throws {
        let tree = try Tree(decoding: WireBytes.nested(2, depth: 32))
        var depth = 0
        var current = tree
        while let left = current.left {
            depth += 1
            current = left
        }
        #expect(depth == 32)
    }

    @Test(arguments: [33, 100, 9_500, 200_000])
    func `deeper nesting is refused before the stack grows`(depth: Int) {
        let error = self.error(Tree.self, WireBytes.nested(2, depth: depth))
        #expect(error?.reason == .tooDeep(limit: 32))
        #expect(error?.description.hasSuffix("nesting > 32") == true)
        #expect(error?.field == Array(repeating: "left", count: 33).joined(separator: "."))
    }

    @Test func `depth counts through lists, oneofs and other messages`() {
        // children (4) → detour (5) → tree (1) → children …
        var bytes: [UInt8] = []
        for level in 0..<33 { bytes = WireBytes.field([4, 1, 5][level % 3], bytes) }
        #expect(self.error(Tree.self, WireBytes.field(5, WireBytes.field(1, bytes)))?.reason == .tooDeep(limit: 32))
    }

    // MARK: Memory and time

    @Test func `four mebibytes of unknown fields run into the cap`() throws {
        let bytes = [UInt8]((0..<(2 << 20)).flatMap { _ in [0x78, 0x00] as [UInt8] })
        #expect(self.error(Nothing.self, bytes)?.reason == .tooMuchMemory(limitBytes: 8 * bytes.count + 64 << 10))
    }

    @Test func `four mebibytes of empty messages run into the cap`() throws {
        let bytes = [UInt8]((0..<(2 << 20)).flatMap { _ in [0x22, 0x00] as [UInt8] })
        let limit = 8 * bytes.count + 64 << 10 + 64 << 20
        #expect(self.error(Tree.self, bytes)?.reason == .tooMuchMemory(limitBytes: limit))
    }

    @Test func `the cap is a limit that callers choose`() throws {
        let bytes = [UInt8]((0..<5_000).flatMap { _ in [0x22, 0x00] as [UInt8] })
        let limits = DecodingLimits(messagesMemoryBytesMax: 1 << 20)
        #expect(throws: MessageDecodingError.self) {
            try Tree(decoding: bytes, limits: DecodingLimits(memoryBytesPerMessage: 0))
        }
        #expect(try Tree(decoding: bytes, limits: limits).children.count == 5_000)
    }

    @Test func `the densest requests within the contract are decoded`() throws {
        let short = Profile(
            displayName: "A",
            experiences: Array(repeating: Experience(title: "x"), count: 500),
            skills: Array(repeating: Skill(name: "y"), count: 500)
        )
        let bytes = try CreateProfileRequest(profile: short).encodedBytes()
        #expect(bytes.count < 5_100)
        #expect(try CreateProfileRequest(decoding: bytes).profile == short)
        let dated = Experience(startDate: PartialDate(), endDate: PartialDate())
        let empty = Profile(
            experiences: Array(repeating: dated, count: 500),
            skills: Array(repeating: Skill(), count: 500)
        )
        let all = BatchUpsertProfilesRequest(profiles: Array(repeating: empty, count: 200))
        #expect(try BatchUpsertProfilesRequest(decoding: all.encodedBytes()) == all)
    }

    @Test func `an ordinary large message stays far below the cap`() throws {
        let vector = Vector(values: (0..<500_000).map(Float.init))
        #expect(try Vector(decoding: vector.encodedBytes()) == vector)
        let lists = Lists(
            int32Values: Array(repeating: 1, count: 100_000),
            stringValues: Array(repeating: "about twenty letters", count: 20_000)
        )
        #expect(try Lists(decoding: lists.encodedBytes()) == lists)
    }

    @Test func `a message given twice is refused instead of merged`() {
        let once = WireBytes.field(6, WireBytes.field(8, [0, 0, 0, 0]))
        let bytes = [UInt8]((0..<100_000).flatMap { _ in once })
        let error = self.error(Tree.self, bytes)
        #expect(error?.reason == .duplicateMessage)
        #expect(error?.field == "ruled")
        // Deeper down too, where the outer one is given once.
        let inner = WireBytes.field(2, []) + WireBytes.field(2, [])
        #expect(self.error(Tree.self, WireBytes.field(4, inner))?.field == "children[0].left")
    }

    // MARK: Texts

    @Test(
        arguments: [
            ("NUL", [0x61, 0x00, 0x78], .nulInText), ("lone surrogate", [0xED, 0xA0, 0x80], .invalidUTF8),
            ("overlong", [0xC0, 0x80], .invalidUTF8), ("beyond U+10FFFF", [0xF4, 0x90, 0x80, 0x80], .invalidUTF8),
            ("stray continuation", [0x80], .invalidUTF8), ("cut short", [0xE2, 0x82], .invalidUTF8),
        ] as [(String, [UInt8], MessageDecodingError.Reason)]
    )
    func `bad texts are refused by name`(_: String, text: [UInt8], reason: MessageDecodingError.Reason) {
        let alone = self.error(Scalars.self, WireBytes.field(14, text))
        #expect(alone == MessageDecodingError(reason, field: "string_value"))
        let padded = [UInt8]("a text before it and ".utf8) + text
        let listed = self.error(Lists.self, WireBytes.field(14, []) + WireBytes.field(14, padded))
        #expect(listed == MessageDecodingError(reason, field: "string_values[1]"))
        let key = self.error(Maps.self, WireBytes.field(1, WireBytes.field(1, text)))
        #expect(key == MessageDecodingError(reason, field: "texts[0].key"))
        let chosen = self.error(Choice.self, WireBytes.field(15, WireBytes.field(9, text)))
        #expect(chosen == MessageDecodingError(reason, field: "right.string_value"))
    }

    // MARK: Wire format

    @Test(arguments: [3, 4, 6, 7] as [UInt8])
    func `groups and meaningless wire types are refused`(wireType: UInt8) {
        let unknown = self.error(Scalars.self, WireBytes.tag(900, UInt64(wireType)))
        #expect(unknown == MessageDecodingError(.invalidWireType(wireType)))
        let known = self.error(Scalars.self, WireBytes.tag(14, UInt64(wireType)))
        #expect(known == MessageDecodingError(.invalidWireType(wireType), field: "string_value"))
    }

    @Test(
        arguments: [
            ("text as number", WireBytes.field(14, 5), 0, "string_value"),
            ("number as text", WireBytes.field(1, [1, 2]), 2, "int32_value"),
            ("message as fixed32", WireBytes.tag(17, 5) + [0, 0, 0, 0], 5, "nested"),
            ("double as fixed32", WireBytes.tag(12, 5) + [0, 0, 0, 0], 5, "double_value"),
        ] as [(String, [UInt8], UInt8, String)]
    )
    func `a wire type that is not the field's is refused`(_: String, bytes: [UInt8], wireType: UInt8, field: String) {
        #expect(
            self.error(Scalars.self, bytes) == MessageDecodingError(.invalidWireType(wireType), field: field)
        )
    }

    @Test func `numbers of eleven bytes are refused`() {
        let eleven = Array(repeating: 0xFF, count: 10) + [0x01] as [UInt8]
        let field = self.error(Scalars.self, WireBytes.tag(2, 0) + eleven)
        #expect(field == MessageDecodingError(.invalidVarint, field: "int64_value"))
        #expect(self.error(Scalars.self, eleven)?.reason == .invalidVarint)
        #expect(self.error(Lists.self, WireBytes.field(2, eleven))?.reason == .invalidVarint)
        let ten = Array(repeating: 0xFF, count: 9) + [0x01] as [UInt8]
        #expect(throws: Never.self) { try #expect(Scalars(decoding: WireBytes.tag(2, 0) + ten).int64Value == -1) }
    }

    @Test func `field numbers outside 1 to 2^29-1 are refused`() {
        #expect(self.error(Scalars.self, [0x00, 0x01])?.reason == .invalidFieldNumber)
        #expect(self.error(Scalars.self, WireBytes.field(1 << 29, 1))?.reason == .invalidFieldNumber)
        #expect(throws: Never.self) {
            try #expect(Scalars(decoding: WireBytes.field(1 << 29 - 1, 7)).last == 7)
        }
    }

    @Test(
        arguments: [
            ("text", WireBytes.tag(14, 2) + [5, 0x61], "string_value"),
            ("huge length", WireBytes.tag(14, 2) + WireBytes.varint(1 << 34 - 1), "string_value"),
            ("fixed64", WireBytes.tag(8, 1) + [1, 2, 3], "fixed64_value"),
            ("tag only", WireBytes.tag(1, 0), "int32_value"),
            ("inner", WireBytes.field(17, WireBytes.tag(1, 2) + [1]), "nested.text"),
            ("unknown", WireBytes.tag(900, 2) + [9], ""), ("half a tag", [0x80], ""),
        ] as [(String, [UInt8], String)]
    )
    func `a message that ends inside a field is refused`(_: String, bytes: [UInt8], field: String) {
        #expect(self.error(Scalars.self, bytes) == MessageDecodingError(.truncated, field: field))
    }

    @Test func `every prefix of a full message is refused or decoded, never worse`() throws {
        let query = QueryRequest(
            query: Query(
                ask: .fusion(FusionQuery(queries: [SubQuery(query: Query(ask: .text(TextQuery(text: "é"))))]))
            ),
            limit: 7
        )
        let bytes = try query.encodedBytes()
        for count in 0..<bytes.count { _ = try? QueryRequest(decoding: Array(bytes[..<count])) }
        #expect(try QueryRequest(decoding: bytes) == query)
    }
}
