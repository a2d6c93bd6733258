import Foundation
import LikenessReflection
import LikenessTesting
import Testing

/// The JSON mapping against Python's protobuf, in both directions.
@Suite(.asksOracle) struct JSONAgainstPythonTests {
    /// The same in every run, so that a change is what makes a test fail; LIKENESS_CODEC_SEED tries others.
    static let seed = setting("LIKENESS_CODEC_SEED") ?? 20_261_123
    /// LIKENESS_CODEC_ROUNDS multiplies the number of random messages.
    static let rounds = setting("LIKENESS_CODEC_ROUNDS") ?? 1
    static let messages = [
        "Plain", "Optionals", "Lists", "Maps", "Choice", "Known", "KnownLists", "Legacy", "Mixed",
    ].map { "reflection.test.\($0)" }

    /// Python is more generous than the mapping: characters that are not base 64 are skipped, numbers may be anything that
    /// it can make a number of ("1.", "-Inf", true, 1e999), whatever is empty is an empty message, strptime reads the times.
    private static let refusedByUsAlone = [
        "is not valid base 64", "must be the name or the number of a value", "has no value \"",
        "is a boolean; must be a number", "\" is not a number", "is not an integer of 64 bits", "is an object",
        "is out of the range of double",
        // The shortest text of the float nearest to 2^63; Python reads it as that float, not as the number it says.
        "9.223372036854776e+18 is out of the range of int64",
        "is not a time like", "is not a duration like",
    ]
    /// It compares 3.4028235e38 with the largest float before it rounds, and stumbles over null for a list of `Value`s.
    private static let refusedByPythonAlone = [
        "Float value too large", "Float value too small", "RepeatedCompositeContainer",
    ]

    private static let oracle = Result {
        try PythonOracle(script: "json_oracle.py", fileDescriptorSets: [try TestProtos.fileDescriptorSet.get()])
    }

    @Test(arguments: Self.messages)
    func `random messages become JSON that Python reads as the same message`(_ name: String) async throws {
        let oracle = try Self.oracle.get()
        let transcoder = JSONTranscoder(pool: try TestProtos.pool.get())
        for style: UInt8 in 0..<3 {
            for seed in Self.seeds(style == 0 ? 40 : 4) {
                let random = try await oracle.ask("R", name, PythonOracle.bytes(of: seed) + [style])
                let json = try transcoder.json(of: random.parts[0], as: try TestProtos.type(name))
                for text in [json.text(), json.text(isIndented: true)] {
                    let answer = try await oracle.ask("P", name, Array(text.utf8))
                    #expect(answer.isAccepted, "seed \(seed), style \(style): \(answer.text)\n\(text)")
                    #expect(answer.text == random.text, "seed \(seed), style \(style)\n\(text)")
                }
            }
        }
    }

    @Test(arguments: Self.messages)
    func `Python's JSON becomes the same message`(_ name: String) async throws {
        let oracle = try Self.oracle.get()
        let transcoder = JSONTranscoder(pool: try TestProtos.pool.get())
        for style: UInt8 in 0..<3 {
            for seed in Self.seeds(style == 0 ? 40 : 4) {
                let random = try await oracle.ask("R", name, PythonOracle.bytes(of: seed) + [style])
                let bytes = try transcoder.bytes(ofJSON: random.parts[1], as: try TestProtos.type(name))
                let answer = try await oracle.ask("C", name, bytes)
                let json = String(decoding: random.parts[1], as: UTF8.self)
                #expect(answer.isAccepted, "seed \(seed), style \(style): \(answer.text)\n\(json)")
                #expect(answer.text == random.text, "seed \(seed), style \(style)\n\(json)")
            }
        }
    }

    @Test(arguments: Self.messages)
    func `altered JSON is refused by both, or means the same to both`(_ name: String) async throws {
        let oracle = try Self.oracle.get()
        let transcoder = JSONTranscoder(pool: try TestProtos.pool.get())
        let type = try TestProtos.type(name)
        for seed in Self.seeds(150) {
            let altered = try await oracle.ask("M", name, PythonOracle.bytes(of: seed))
            let json = String(decoding: altered.parts[0], as: UTF8.self)
            do throws(TranscodingError) {
                let bytes = try transcoder.bytes(ofJSON: altered.parts[0], as: type)
                guard altered.isAccepted else {
                    let isKnown = Self.refusedByPythonAlone.contains(where: altered.text.contains)
                    #expect(isKnown, "seed \(seed): we take what Python refuses: \(altered.text)\n\(json)")
                    continue
                }
                let answer = try? await oracle.ask("C", name, bytes)
                #expect(answer?.text == altered.text, "seed \(seed)\n\(json)")
            } catch {
                let isKnown = !altered.isAccepted || Self.refusedByUsAlone.contains(where: error.problem.contains)
                #expect(isKnown, "seed \(seed): we refuse what Python takes: \(error)\n\(json)")
            }
        }
    }

    private static func seeds(_ count: UInt64) -> Range<UInt64> { Self.seed..<Self.seed + count * Self.rounds }

    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }
}
