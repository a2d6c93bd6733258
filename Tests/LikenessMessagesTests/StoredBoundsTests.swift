import LikenessMessages
import Testing

/// What the contract lets a profile hold, at each bound and one above.
@Suite struct StoredBoundsTests {
    private func broken(_ attributes: String) -> [String] {
        Profile(displayName: "A", attributesJson: attributes).violations().map { "\($0.field) \($0.ruleID)" }
    }

    @Test func `attributes nest a hundred levels`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        }
        #expect(self.broken(nested(100)).isEmpty)
        #expect(self.broken(nested(101)) == ["attributes_json json.max_depth"])
        // What stands in a text is no structure.
        #expect(self.broken("{\"a\":\"" + String(repeating: "[", count: 1_000) + "\\\"[\"}").isEmpty)
    }

    @Test(
        arguments: [
            ("1e999", true), ("1e1000", false), ("1E+999", true), ("1e-999", true), ("1e-1000", false),
            ("-1.5e998", true), ("1e131000", false), ("1e99999999999999999999", false), ("0.5e-999", false),
            (String(repeating: "9", count: 1_000), true), (String(repeating: "9", count: 1_001), false),
            ("12e-1", true), ("123456789012345678901234567890", true),
        ]
    )
    func `a number has a thousand digits, written out`(number: String, isAllowed: Bool) {
        #expect(self.broken("{\"n\":\(number)}") == (isAllowed ? [] : ["attributes_json json.max_digits"]))
    }

    @Test func `written out, attributes have half a mebibyte`() {
        // {"n": [ and ]} are 9 bytes, each number a thousand digits, each comma two bytes.
        let count = 522
        let numbers = Array(repeating: "1e999", count: count).joined(separator: ",")
        let left = 524_288 - (9 + count * 1_000 + (count - 1) * 2) - 2 - 2
        func padded(_ bytes: Int) -> String { "{\"n\":[\(numbers),\"\(String(repeating: "x", count: bytes))\"]}" }
        #expect(self.broken(padded(left)).isEmpty)
        #expect(self.broken(padded(left + 1)) == ["attributes_json json.max_written_bytes"])
        let forty = Array(repeating: "1e131000", count: 40).joined(separator: ",")
        #expect(self.broken("{\"n\":[\(forty)]}") == ["attributes_json json.max_digits"])
    }

    @Test func `attributes have 256 KiB as given`() {
        func padded(_ bytes: Int) -> String { "{\"a\":\"\(String(repeating: "x", count: bytes - 8))\"}" }
        #expect(self.broken(padded(262_144)).isEmpty)
        #expect(self.broken(padded(262_145)) == ["attributes_json string.max_bytes"])
    }

    @Test(arguments: [" ", "\t\n", "\u{a0}", "\u{3000}", "\u{200b}\u{feff}", "\u{3164}", "\u{7}", "\u{2028} \u{ad}"])
    func `a text of blanks is no text`(blank: String) {
        func rules(_ message: some Message) -> [String] { message.violations().map { "\($0.field) \($0.ruleID)" } }
        #expect(rules(Profile(displayName: blank)) == ["display_name string.not_blank"])
        #expect(rules(Profile(tags: ["x", blank])) == ["tags[1] string.not_blank"])
        #expect(rules(Profile(keywords: [blank])) == ["keywords[0] string.not_blank"])
        #expect(rules(Experience(tags: [blank])) == ["tags[0] string.not_blank"])
        #expect(rules(TextQuery(text: blank)) == ["text required"])
        #expect(rules(SuggestRequest(prefix: blank)) == ["prefix required"])
        #expect(rules(ProfileKey(key: .slug(blank))) == ["slug required"])
        #expect(
            rules(QueryRequest(query: Query(ask: .vector(VectorQuery(values: [1]))), filter: blank)).last
                == "filter string.not_blank"
        )
        #expect(rules(ListProfilesRequest(filter: blank)) == ["filter string.not_blank"])
        for visible in ["x", "山", "🎻", "\u{301}e", "."] { #expect(rules(TextQuery(text: blank + visible)) == []) }
    }

    @Test(arguments: [99, -1] as [Int32])
    func `a number that the contract does not name is refused in every request`(number: Int32) {
        func field(_ message: some Message) -> [String] {
            message.violations().filter { $0.ruleID == "enum.defined_only" }.map(\.field)
        }
        let profile = Profile(experiences: [Experience(category: .unrecognized(number))])
        let wait = WaitFor.unrecognized(number)
        let create = CreateProfileRequest(profile: profile, waitFor: wait)
        #expect(field(create) == ["profile.experiences[0].category", "wait_for"])
        let update = UpdateProfileRequest(profile: profile, waitFor: wait)
        #expect(field(update) == ["profile.experiences[0].category", "wait_for"])
        #expect(field(BatchUpsertProfilesRequest(waitFor: wait)) == ["wait_for"])
        let text = Query(ask: .text(TextQuery(text: "a", mode: .unrecognized(number))))
        #expect(field(QueryRequest(query: text, precision: .unrecognized(number))) == ["query.text.mode", "precision"])
        #expect(field(FusionQuery(method: .unrecognized(number))) == ["method"])
        #expect(field(SuggestRequest(kinds: [.name, .unrecognized(number)])) == ["kinds[1]"])
        #expect(field(ReindexRequest(method: .unrecognized(number))) == ["method"])
    }

    @Test func `a bad item of a batch costs that item`() throws {
        func item(_ name: [UInt8]) -> [UInt8] { WireBytes.field(1, WireBytes.field(4, name)) }
        let bytes =
            item(Array("A".utf8)) + item([0x61, 0, 0x62]) + WireBytes.field(2, 1) + item([0xFF]) + item(Array("B".utf8))
            + WireBytes.field(1, WireBytes.field(11, WireBytes.nested(6, depth: 3)))
        #expect(throws: MessageDecodingError.self) { try BatchUpsertProfilesRequest(decoding: bytes) }
        let decoded = try bytes.withUnsafeBytes {
            try BatchUpsertProfilesRequest.decode($0, limits: .default)
        }
        #expect(decoded.message.profiles.map(\.displayName) == ["A", "", "", "B", ""])
        #expect(decoded.message.waitFor == .committed)
        #expect(decoded.undecodable.map(\.index).prefix(2) == [1, 2])
        #expect(decoded.undecodable[0].error == MessageDecodingError(.nulInText, field: "display_name"))
        #expect(decoded.undecodable[1].error == MessageDecodingError(.invalidUTF8, field: "display_name"))
        // What is wrong outside of the list costs the message, and so does a list whose items are not judged alone.
        let outside = item([0]) + WireBytes.tag(2, 2) + [9]
        #expect(throws: MessageDecodingError.self) {
            try outside.withUnsafeBytes { try BatchUpsertProfilesRequest.decode($0, limits: .default) }
        }
        let keys = WireBytes.field(1, WireBytes.field(2, [0]))
        #expect(throws: MessageDecodingError(.nulInText, field: "keys[0].slug")) {
            try keys.withUnsafeBytes { try BatchGetProfilesRequest.decode($0, limits: .default) }
        }
    }

    @Test func `encoding stops at the size that a reader takes`() throws {
        let profile = Profile(displayName: "A", summary: String(repeating: "x", count: 100_000))
        let one = BatchGetProfilesResponse(results: [BatchGetProfilesResult(result: .profile(profile))])
        let size = try one.encodedByteCount()
        #expect(try one.encodedByteCount(max: size) == size)
        #expect(throws: MessageEncodingError.tooLarge(byteCountMax: size - 1)) {
            try one.encodedByteCount(max: size - 1)
        }
        let many = BatchGetProfilesResponse(results: Array(repeating: one.results[0], count: 10_000))
        // Without the limit: a gigabyte.
        #expect(throws: MessageEncodingError.tooLarge(byteCountMax: 1 << 20)) {
            try many.encodedByteCount(max: 1 << 20)
        }
        #expect(throws: MessageEncodingError.tooLarge(byteCountMax: 3)) {
            try QueryRequest(query: Query(ask: .vector(VectorQuery(values: [1])))).encodedByteCount(max: 3)
        }
    }
}
