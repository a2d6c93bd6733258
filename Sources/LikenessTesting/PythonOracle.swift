internal import Foundation
package import Testing

/// Python's protobuf in a process of its own, asked by frames; the scripts in Tests/codec-oracle say what they can be
/// asked. It ends when this process does: its standard input closes then.
package actor PythonOracle {
    package struct Answer: Sendable {
        package let isAccepted: Bool
        package let parts: [[UInt8]]
        /// The last part, which is a text.
        package var text: String { String(decoding: self.parts.last ?? [], as: UTF8.self) }
    }

    package enum Failure: Error { case ended, noInterpreter(String) }

    private let process = Process()
    private let toOracle = Pipe()
    private let fromOracle = Pipe()

    /// - Parameters:
    ///   - script: Name of a file in Tests/codec-oracle.
    ///   - sets: Encoded `google.protobuf.FileDescriptorSet`s that it shall know.
    package init(script: String, fileDescriptorSets sets: [[UInt8]]) throws {
        guard let interpreter = Self.interpreter else { throw Failure.noInterpreter(Self.expectedInterpreter) }
        self.process.executableURL = URL(filePath: interpreter)
        self.process.arguments = ["-B", Self.folder.appending(path: script).path]
        self.process.standardInput = self.toOracle
        self.process.standardOutput = self.fromOracle
        try self.process.run()
        // Only the child may hold these ends, or it would never see ours close.
        try self.toOracle.fileHandleForReading.close()
        try self.fromOracle.fileHandleForWriting.close()
        for set in sets { _ = try Self.exchange("L", "", set, self.toOracle, self.fromOracle) }
    }

    /// - Parameter message: Full name of the message that the question is about.
    package func ask(_ operation: Character, _ message: String, _ rest: [UInt8]) throws -> Answer {
        try Self.exchange(operation, message, rest, self.toOracle, self.fromOracle)
    }

    private static func exchange(
        _ operation: Character,
        _ message: String,
        _ rest: [UInt8],
        _ toOracle: Pipe,
        _ fromOracle: Pipe
    ) throws -> Answer {
        let name = Array(message.utf8)
        let frame = [operation.asciiValue ?? 0, UInt8(name.count >> 8), UInt8(name.count & 0xFF)] + name + rest
        try toOracle.fileHandleForWriting.write(contentsOf: Data(Self.length(frame.count) + frame))
        let body = try Self.read(Self.number(Self.read(4, fromOracle)), fromOracle)
        var parts: [[UInt8]] = []
        var position = 1
        while position < body.count {
            let size = Self.number(Array(body[position..<position + 4]))
            parts.append(Array(body[position + 4..<position + 4 + size]))
            position += 4 + size
        }
        return Answer(isAccepted: body[0] == 1, parts: parts)
    }

    private static func read(_ count: Int, _ pipe: Pipe) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = try pipe.fileHandleForReading.read(upToCount: count - bytes.count), !more.isEmpty
            else { throw Failure.ended }
            bytes += more
        }
        return bytes
    }

    private static func number(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
    private static func length(_ count: Int) -> [UInt8] { (0..<4).reversed().map { UInt8(count >> ($0 * 8) & 0xFF) } }

    /// A seed as the scripts take it.
    package static func bytes(of seed: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: seed >> ($0 * 8)) }
    }

    // MARK: Where it is

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Tests/codec-oracle")

    private static let expectedInterpreter: String = {
        let environment = ProcessInfo.processInfo.environment
        if let interpreter = environment["LIKENESS_PYTHON"] { return interpreter }
        let data = environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share"
        return (environment["LIKENESS_HOME"] ?? data + "/likeness") + "/python/bin/python3"
    }()

    private static let interpreter: String? =
        FileManager.default.isExecutableFile(atPath: expectedInterpreter) ? expectedInterpreter : nil

    /// Whether tests can ask it. Where everything must be there, a missing one is an error and not a skip.
    package static let isThere =
        interpreter != nil || ["CI", "LIKENESS_REQUIRE_PG"].contains { ProcessInfo.processInfo.environment[$0] != nil }
}

extension Trait where Self == ConditionTrait {
    package static var asksOracle: Self {
        .enabled(if: PythonOracle.isThere, "scripts/setup-python installs the Python that this test compares with")
    }
}
