internal import ArgumentParser
internal import Foundation
internal import LikenessLoad

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make people up: profiles to load and test with, the same for the same seed.",
        discussion: """
            Writes JSON Resume, a document a line, as `likeness profile import` reads it.

            EXAMPLES
              likeness-load generate --profiles 1000 > people.jsonl
              likeness-load generate --profiles 20000 --seed 7 --output people.jsonl
            """
    )

    @Option(help: "How many, 1 to 10000000.")
    var profiles = 1_000

    @Option(help: "The same seed makes the same people.")
    var seed: UInt64 = 1

    @Option(help: "File to write, or - for standard output.", completion: .file(extensions: ["jsonl"]))
    var output = "-"

    func validate() throws {
        guard (1...10_000_000).contains(self.profiles) else { throw ValidationError("--profiles is 1 to 10000000") }
    }

    func run() async throws {
        let file: FileHandle
        if self.output == "-" {
            file = .standardOutput
        } else {
            guard FileManager.default.createFile(atPath: self.output, contents: nil),
                let opened = FileHandle(forWritingAtPath: self.output)
            else { throw ValidationError("\(self.output): cannot be written") }
            file = opened
        }
        let generator = ProfileGenerator(seed: self.seed)
        var bytes: [UInt8] = []
        for index in 0..<self.profiles {
            JSONResumeLine.append(generator.profile(index), to: &bytes)
            if bytes.count >= 1 << 20 {
                try file.write(contentsOf: bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: bytes)
    }
}
