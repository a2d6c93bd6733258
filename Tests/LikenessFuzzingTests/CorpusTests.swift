import Foundation
import LikenessFuzzing
import Testing

/// What fuzzing found worth keeping, once more: each input reaches code that no other does.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz/Corpus")

    @Test(arguments: FuzzTarget.all.map(\.name)) func `no kept input breaks a rule`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: name),
            includingPropertiesForKeys: nil
        )
        #expect(files.count > 10, "the corpus of \(name) is there")
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            // A broken rule ends the process; every prefix is an input too.
            for end in stride(from: bytes.count, through: 0, by: -max(1, bytes.count / 16)) {
                let factor = bytes[..<end].withUnsafeBytes { WorkBudget.factor(of: target, on: $0) }
                #expect(factor <= WorkBudget.factorMax, "\(file.lastPathComponent), \(end) bytes: \(factor)")
            }
        }
    }

    @Test func `naming an element deep in a document costs no more than its path`() throws {
        let depth = 24
        let opened = String(repeating: "<a>", count: depth)
        let closed = String(repeating: "</a>", count: depth)
        let target = try #require(FuzzTarget.named("europass"))
        let factor = Array("<SkillsPassport>\(opened)x\(closed)</SkillsPassport>".utf8).withUnsafeBytes {
            WorkBudget.factor(of: target, on: $0)
        }
        #expect(factor <= WorkBudget.factorMax, "\(factor)")
    }

    @Test func `work that grows faster than the input is beyond its budget, and work that does not is within`() {
        func factor(_ byteCount: Int, _ run: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) -> Double {
            [UInt8](repeating: 7, count: byteCount).withUnsafeBytes {
                // Measured once: what is too much stays so, and holds a thread of the other tests.
                WorkBudget.factor(of: FuzzTarget(name: "made up", run: run), on: $0, wanted: .infinity)
            }
        }
        let quadratic = factor(4_000) { bytes in for _ in bytes { precondition(Set(bytes).count == 1) } }
        #expect(quadratic > WorkBudget.factorMax, "\(quadratic)")
        for byteCount in [0, 1, 4_096, 20_000] {
            let linear = factor(byteCount) { bytes in precondition(Set(bytes).count <= 1) }
            #expect(linear < WorkBudget.factorMax / 10, "\(linear)")
        }
    }
}
