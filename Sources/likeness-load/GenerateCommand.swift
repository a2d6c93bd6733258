internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessLoad

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make people up: profiles to load and test with, the same for the same seed.",
        discussion: """
            Writes JSON Resume, a document a line, as `likeness profile import` reads it; or stores the profiles \
            straight in a migrated database, by COPY, and builds the vector index again.

            EMBEDDINGS
              model      real ones, of the model that scripts/setup installs
                         (default up to 20000 profiles)
              clustered  synthetic ones that lie as real ones do (default beyond)
              outbox     none; the service that runs on the database makes them

            EXAMPLES
              likeness-load generate --profiles 1000 > people.jsonl
              likeness-load generate --profiles 20000 --seed 7 --output people.jsonl
              likeness-load generate --profiles 100000 \\
                --database "host=/run/postgresql dbname=likeness"
              likeness-load generate --questions 64 > vectors.jsonl
            """
    )

    @Option(help: "How many, 1 to 10000000.")
    var profiles = 1_000

    @Option(help: "The same seed makes the same people.")
    var seed: UInt64 = 1

    @Option(help: "File to write, or - for standard output.", completion: .file(extensions: ["jsonl"]))
    var output = "-"

    @Option(help: "Store them in this database instead: a libpq connection string or URI.")
    var database: String?

    @Option(help: "With --database: model, clustered or outbox.")
    var embeddings: String?

    @Option(help: "Instead of people, vectors that lie as clustered embeddings do: a JSON array a line.")
    var questions: Int?

    func validate() throws {
        guard (1...10_000_000).contains(self.profiles) else { throw ValidationError("--profiles is 1 to 10000000") }
        if let questions = self.questions {
            guard (1...1_000_000).contains(questions), self.database == nil else {
                throw ValidationError("--questions is 1 to 1000000, and without --database")
            }
        }
        if let name = self.embeddings {
            guard DatabaseLoad.Embeddings(rawValue: name) != nil else {
                throw ValidationError("--embeddings is model, clustered or outbox")
            }
            guard self.database != nil else { throw ValidationError("--embeddings needs --database") }
        }
    }

    func run() async throws {
        if let database = self.database {
            try await self.store(in: database)
        } else {
            try self.write()
        }
    }

    private func store(in database: String) async throws {
        let total = self.profiles
        let load = DatabaseLoad(
            profiles: total,
            seed: self.seed,
            embeddings: self.embeddings.flatMap { DatabaseLoad.Embeddings(rawValue: $0) }
        )
        let isInteractive = Terminal.isInteractive
        let summary = try await Terminal.interruptible {
            try await load.run(
                database: database,
                warn: { Console.say("likeness-load: warning: \($0)") }
            ) { stored in
                if isInteractive {
                    Console.show("\r\(Figures.count(stored)) of \(Figures.count(total)) profiles\u{1B}[K")
                } else if stored % 1_000 == 0 || stored == total {
                    Console.say("\(Figures.count(stored)) of \(Figures.count(total)) profiles")
                }
                if isInteractive, stored == total { Console.show("\n") }
            }
        }
        let (loading, indexing) = (summary.loading / .seconds(1), summary.indexing / .seconds(1))
        let made: DisplayText =
            "\(Figures.count(summary.profiles)) profiles, \(Figures.count(summary.sections)) sections"
        try Console.output.writeLine(
            made + " in \(Figures.digits(loading)) s, index in \(Figures.digits(indexing)) s"
        )
    }

    private func write() throws {
        let file = self.output == "-" ? nil : try Self.created(self.output)
        let vectors = self.questions.map { _ in SyntheticVectors(seed: self.seed) }
        let generator = ProfileGenerator(seed: self.seed)
        var bytes: [UInt8] = []
        for index in 0..<(self.questions ?? self.profiles) {
            if let vectors {
                bytes += Array("\(vectors.question(index))\n".utf8)
            } else {
                JSONResumeLine.append(generator.profile(index), to: &bytes)
            }
            if bytes.count >= 1 << 20 {
                try Self.write(bytes, to: file)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try Self.write(bytes, to: file)
    }

    private static func created(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw LoadError("\(path): cannot be written") }
        return file
    }

    /// Whole lines of JSON.
    private static func write(_ lines: [UInt8], to file: FileHandle?) throws {
        if let file {
            try file.write(contentsOf: lines)
        } else {
            try Console.output.write(DisplayText(json: String(decoding: lines, as: UTF8.self)))
        }
    }
}
