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
                bytes[..<end].withUnsafeBytes { target.run($0) }
            }
        }
    }
}
