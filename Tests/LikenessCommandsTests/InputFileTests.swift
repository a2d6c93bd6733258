import Foundation
import LikenessConsole
import LikenessTesting
import Testing

@Suite struct InputFileTests {
    @Test func `gzip is unpacked by its content, whole and in members`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = (0..<60_000).map { "line \($0)\n" }.joined()
            try text.write(toFile: "\(folder)/a", atomically: true, encoding: .utf8)
            try Self.shell("gzip -k \(folder)/a && cat \(folder)/a.gz \(folder)/a.gz >\(folder)/twice")
            try Self.shell("head -c 1000 \(folder)/a.gz >\(folder)/short; head -c 12 \(folder)/a.gz >\(folder)/stub")
            #expect(try InputFile.read("\(folder)/a") == Data(text.utf8))
            #expect(try InputFile.read("\(folder)/a.gz") == Data(text.utf8))
            #expect(try InputFile.read("\(folder)/twice") == Data((text + text).utf8))
            for broken in ["short", "stub"] {
                let failure = #expect(throws: InputFile.Failure.self) { try InputFile.read("\(folder)/\(broken)") }
                #expect(failure?.description == "cannot be unpacked: is cut off: copy or download it again")
            }
        }
    }

    @Test func `what is packed twice is unpacked twice, and no more`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "{}".write(toFile: "\(folder)/a", atomically: true, encoding: .utf8)
            try Self.shell("cd \(folder) && gzip <a >1 && gzip <1 >2 && gzip <2 >3 && (cat 1 && printf '{}') >tail")
            try Self.shell("cd \(folder) && (cat 1 && head -c 600 /dev/zero) >padded && ln -s nowhere link")
            for name in ["1", "2", "padded"] {
                #expect(try InputFile.read("\(folder)/\(name)") == Data("{}".utf8), "\(name)")
            }
            for (name, reason) in [
                ("3", "is packed with gzip over 2 times: gunzip it first"),
                ("tail", "cannot be unpacked: what it holds from byte 23 on is not gzip: is it damaged?"),
                ("link", "cannot be read: is a link to \"nowhere\", which does not exist"),
            ] {
                let failure = #expect(throws: InputFile.Failure.self) { try InputFile.read("\(folder)/\(name)") }
                #expect(failure?.description == reason)
            }
        }
    }

    @Test func `a byte order mark is no part of a text, packed or not`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "\u{FEFF}{}".write(toFile: "\(folder)/a", atomically: true, encoding: .utf8)
            try Self.shell("gzip -k \(folder)/a")
            for name in ["a", "a.gz"] {
                let data = try InputFile.read("\(folder)/\(name)")
                #expect(data == Data("{}".utf8) && data.startIndex == 0, "\(name)")
            }
        }
    }

    @Test func `what was packed to fill a memory is refused before it does`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.shell("head -c 200000000 /dev/zero | gzip -1 >\(folder)/bomb")
            let failure = #expect(throws: InputFile.Failure.self) { try InputFile.read("\(folder)/bomb") }
            #expect(failure?.description.hasPrefix("cannot be unpacked: holds over ") == true, "\(failure as Any)")
            #expect(failure?.description.contains("100 times its size") == true)
        }
    }

    @Test func `what is packed in a folder unpacks to no more than is read of a file there`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.shell("head -c 2000000 /dev/zero | gzip >\(folder)/Skills.csv")
            let failure = #expect(throws: InputFile.Failure.self) {
                try InputFolder.read("Skills.csv", in: folder, bytesMax: 1 << 20)
            }
            #expect(failure?.description == "cannot be unpacked: holds over 1 MiB", "\(failure as Any)")
            #expect(try InputFolder.read("Skills.csv", in: folder, bytesMax: 2 << 20).count == 2_000_000)
        }
    }

    @Test func `pipes are read, and what cannot be read says why`() async throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("{}".utf8))
        try pipe.fileHandleForWriting.close()
        #expect(try InputFile.read("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)") == Data("{}".utf8))
        for (path, reason) in [("/no/such/file", "No such file or directory"), ("/tmp", "Is a directory")] {
            let failure = #expect(throws: InputFile.Failure.self) { try InputFile.read(path) }
            #expect(failure?.description == "cannot be read: \(reason)")
        }
    }

    private static func shell(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
    }
}
