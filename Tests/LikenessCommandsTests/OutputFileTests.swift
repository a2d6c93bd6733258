import Foundation
import LikenessTesting
import Testing

@testable import LikenessConsole

/// Files that get their names when they are whole.
@Suite struct OutputFileTests {
    private static func inFolder(_ body: (_ folder: String) async throws -> Void) async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await body(folder)
        }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test(arguments: ["people.jsonl", "people.jsonl.gz"])
    func `a file has its name when it is whole, and only then`(name: String) async throws {
        try await Self.inFolder { folder in
            let path = "\(folder)/\(name)"
            // More than one write, and more than zlib gives out at once.
            let lines = (0..<20_000).map { "\($0) \(UInt64($0) &* 0x9E37_79B9_7F4A_7C15) ünal\n" }
            do {
                let file = try OutputFile(path)
                for line in lines { try file.write(line) }
                let partial = try Self.names(in: folder)
                #expect(partial.count == 1 && partial[0].hasPrefix(name) && partial[0].hasSuffix(".partial"))
                try file.finish()
            }
            #expect(try Self.names(in: folder) == [name])
            #expect(try InputFile.read(path) == Data(lines.joined().utf8))
            #expect(try Self.mode(path) == 0o600)
            let isPacked = try Data(contentsOf: URL(filePath: path)).starts(with: [0x1F, 0x8B])
            #expect(isPacked == name.hasSuffix(".gz"))
        }
    }

    @Test func `what is not finished leaves nothing, and what was there stays`() async throws {
        try await Self.inFolder { folder in
            let path = "\(folder)/people.jsonl"
            try "before".write(toFile: path, atomically: false, encoding: .utf8)
            do {
                let file = try OutputFile(path)
                try file.write(String(repeating: "x", count: 1 << 20))
            }
            #expect(try Self.names(in: folder) == ["people.jsonl"])
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
        }
    }

    @Test func `a link stays a link, and permissions stay`() async throws {
        try await Self.inFolder { folder in
            let (path, link) = ("\(folder)/real", "\(folder)/link")
            try "before".write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            let file = try OutputFile(link)
            try file.write("after")
            try file.finish()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "after")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
            #expect(try Self.mode(path) == 0o640 && Self.names(in: folder) == ["link", "real"])
        }
    }

    @Test func `a link to what is not there yet stays a link`() async throws {
        try await Self.inFolder { folder in
            let store = "\(folder)/store"
            try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
            let (first, second) = ("\(folder)/first", "\(folder)/second")
            try FileManager.default.createSymbolicLink(atPath: first, withDestinationPath: "second")
            try FileManager.default.createSymbolicLink(atPath: second, withDestinationPath: "store/people.jsonl")
            let file = try OutputFile(first)
            try file.write("after")
            try file.finish()
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: first) == "second")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: second) == "store/people.jsonl")
            #expect(try String(contentsOfFile: "\(store)/people.jsonl", encoding: .utf8) == "after")
            #expect(try Self.names(in: store) == ["people.jsonl"])

            let ring = "\(folder)/ring"
            try FileManager.default.createSymbolicLink(atPath: ring, withDestinationPath: "ring")
            #expect(throws: OutputError.self) { try OutputFile(ring) }
        }
    }

    @Test func `a device is written as it is, and what cannot be written is an error`() async throws {
        let file = try OutputFile("/dev/full")
        #expect(throws: OutputError.self) { try file.write(String(repeating: "x", count: 1 << 20)) }
        let small = try OutputFile("/dev/full")
        try small.write("x")
        #expect(throws: OutputError.self) { try small.finish() }
        let null = try OutputFile("/dev/null")
        try null.write("x")
        try null.finish()
        try await Self.inFolder { folder in
            #expect(throws: OutputError.self) { try OutputFile("\(folder)/none/people.jsonl") }
            #expect(throws: OutputError.self) { try OutputFile(folder) }
        }
    }
}
