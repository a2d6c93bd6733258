import Foundation
import LikenessMessages
import LikenessTesting
import Testing

/// The codec against Python's protobuf, in both directions, byte for byte.
///
/// Known differences, all of them deliberate, each with a test in `CodecDifferenceTests` or `HostileMessageTests`:
/// what we refuse and Python takes (NUL in a text, a wrong wire type, groups, one message given twice, more than 32
/// messages deep, more than the arena allows, a packed `bool` above 1), and what protobuf-c leaves out when encoding (a
/// zero key or value of a map's entry, -0.0 in a field of its own).
@Suite(.asksOracle) struct CodecAgainstPythonTests {
    /// The same in every run, so that a change is what makes a test fail; LIKENESS_CODEC_SEED tries others.
    static let seed = setting("LIKENESS_CODEC_SEED") ?? 20_261_123
    /// LIKENESS_CODEC_ROUNDS multiplies the number of random messages.
    static let rounds = setting("LIKENESS_CODEC_ROUNDS") ?? 1
    static let messages = (TestContract.messages + Contract.messages).map { MessageType($0) }

    struct MessageType: CustomTestStringConvertible, Sendable {
        let type: any Message.Type
        init(_ type: any Message.Type) { self.type = type }
        var testDescription: String { self.type.fullName }
    }

    @Test(arguments: Self.messages)
    func `random messages mean the same and encode to the same bytes`(_ message: MessageType) async throws {
        let oracle = try CodecOracle.shared.get()
        for style in CodecOracle.Style.allCases {
            for seed in Self.seeds(style == .random || style == .scrambled ? 12 : 2) {
                let answer = try await oracle.random(message.type.fullName, seed: seed, style)
                try #require(answer.isAccepted, "\(answer.text)")
                let value = try message.type.init(decoding: answer.parts[0])
                #expect(MessageDump.of(value) == answer.text, "seed \(seed), \(style)")
                #expect(try value.encodedBytes() == answer.parts[1], "seed \(seed), \(style)")
            }
        }
    }

    @Test(arguments: Self.messages)
    func `what we encode means the same to Python`(_ message: MessageType) async throws {
        let oracle = try CodecOracle.shared.get()
        for seed in Self.seeds(8) {
            let random = try await oracle.random(message.type.fullName, seed: seed, .maximal)
            let value = try message.type.init(decoding: random.parts[0])
            let bytes = try value.encodedBytes()
            let answer = try await oracle.judge(message.type.fullName, bytes)
            #expect(answer.isAccepted, "seed \(seed): \(answer.text)")
            #expect(answer.parts[0] == bytes, "seed \(seed)")
            #expect(answer.text == MessageDump.of(value), "seed \(seed)")
            #expect(try message.type.init(decoding: bytes).isSame(as: value), "seed \(seed)")
        }
    }

    @Test(arguments: Self.messages)
    func `damaged bytes are refused by both, or mean the same to both`(_ message: MessageType) async throws {
        let oracle = try CodecOracle.shared.get()
        for seed in Self.seeds(60) {
            let answer = try await oracle.damaged(message.type.fullName, seed: seed)
            do throws(MessageDecodingError) {
                let value = try message.type.init(decoding: answer.parts[0])
                #expect(answer.isAccepted, "seed \(seed): we take what Python refuses: \(answer.text)")
                if answer.isAccepted, !answer.text.isEmpty {
                    #expect(MessageDump.of(value) == answer.text, "seed \(seed)")
                }
            } catch {
                // Refusing what Python takes needs one of the known reasons.
                if answer.isAccepted { #expect(Self.isDeliberate(error.reason), "seed \(seed): \(error)") }
            }
        }
    }

    private static func seeds(_ count: UInt64) -> Range<UInt64> { Self.seed..<Self.seed + count * Self.rounds }

    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    private static func isDeliberate(_ reason: MessageDecodingError.Reason) -> Bool {
        switch reason {
        // Python takes a tag of zero for the end of the message.
        case .invalidFieldNumber: true
        case .nulInText, .invalidWireType, .duplicateMessage, .tooDeep, .tooMuchMemory, .invalidBool: true
        case .truncated, .invalidVarint, .invalidUTF8, .malformed: false
        }
    }
}

extension Message {
    /// Equality that takes NaN for equal to NaN.
    fileprivate func isSame(as other: any Message) -> Bool {
        other as? Self == self || MessageDump.of(other) == MessageDump.of(self)
    }
}
