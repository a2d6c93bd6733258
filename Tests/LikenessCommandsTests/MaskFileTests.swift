import Foundation
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessCommands

/// What a file of masks is, and is not.
@Suite struct MaskFileTests {
    @Test func `a file that an editor has put a byte order mark in front of is read`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = "\(folder)/masks.jsonl"
            try "\u{FEFF}{\"name\": \"one\"}\r\n{\"name\": \"two\"}".write(
                toFile: file,
                atomically: true,
                encoding: .utf8
            )
            #expect(try MaskFile.read(file).map(\.name) == ["one", "two"])
        }
    }

    @Test(arguments: [
        (#"{"basics": {"name": "Ada"}}"#, "mask 1: this is a person: likeness profile import"),
        (#"{"name": "one"} {"profile": {"displayName": "Ada"}}"#, "mask 2: this is a person: likeness profile import"),
        (#"{"query": {"text": {"text": "nurse"}}}"#, "mask 1: this is a query: likeness search"),
        (#"{"name": "one", "configuraton": {}}"#, #"did you mean "configuration"?"#),
    ])
    func `another kind of document is refused with what it is`(contents: String, message: String) async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let file = "\(folder)/masks.jsonl"
            try contents.write(toFile: file, atomically: true, encoding: .utf8)
            let failure = #expect(throws: CommandFailure.self) { try MaskFile.read(file) }
            #expect(
                failure?.exitCode == 1 && failure?.description.contains(message) == true,
                "\(String(describing: failure))"
            )
        }
    }
}
