internal import ArgumentParser
internal import LikenessClient
internal import LikenessLoad

/// What to send.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "Built-in requests and their weights, of vector, text, hybrid, filtered, get, upsert and suggest.")
    var mix = "vector"

    @Option(help: "Call this method instead, like likeness.v1.SearchService/Query.")
    var call: String?

    @Option(help: "With --call: the message as JSON; may have places to fill in, like {{vector 384}}.")
    var data: String?

    @Option(help: "With --call: a file with one such message a line.", completion: .file())
    var dataFile: String?

    @Option(
        help: "File with one vector to search for a line, as generate --questions writes it (default: random ones).",
        completion: .file()
    )
    var vectorsFile: String?

    @Option(help: "File with one text to search for a line.", completion: .file())
    var textsFile: String?

    @Option(help: "File with one id of a profile to get a line.", completion: .file())
    var idsFile: String?

    @Option(help: "Filter of filtered searches.")
    var filter: String?

    @Option(help: "Hits that a search asks for, 1 to 1000.")
    var limit: Int32 = 10

    @Option(help: "Requests of each kind that are made before the run and sent over and over, 1 to 100000.")
    var prepare = 256

    @Option(help: "Makes requests and arrivals; the same seed makes the same ones.")
    var seed: UInt64 = 1

    @Option(
        help: "With --call: messages that each call sends, if it streams them; the lines in turn (default: each once)."
    )
    var messages: Int?

    @Flag(help: "With --call of a method that streams both ways: send a message when the one before is answered.")
    var lockstep = false

    @Option(
        help:
            "Time for each call (default: 10s; none for a call that streams its answers, which may last as long as the run)."
    )
    var timeout: TimeArgument?

    @Flag(help: "Compare every answer of a mix of vector alone with an exact one; wrong ones count as failed.")
    var verify = false

    func validate() throws {
        guard (1...100_000).contains(self.prepare) else { throw ValidationError("--prepare is 1 to 100000") }
        guard (1...1_000).contains(self.limit) else { throw ValidationError("--limit is 1 to 1000, not \(self.limit)") }
        guard self.timeout.map({ $0.duration > .zero }) ?? true else { throw ValidationError("--timeout is above 0") }
        guard self.call != nil || (self.data == nil && self.dataFile == nil) else {
            throw ValidationError("--data and --data-file need --call")
        }
        guard self.call != nil || (self.messages == nil && !self.lockstep) else {
            throw ValidationError("--messages and --lockstep need --call")
        }
        guard self.messages.map({ (1...1_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("--messages is 1 to 1000000000")
        }
        guard self.data == nil || self.dataFile == nil else {
            throw ValidationError("--data and --data-file exclude each other")
        }
        if self.verify, self.call != nil || self.mix.split(separator: "=").first != "vector" || self.mix.contains(",") {
            throw ValidationError("--verify needs a mix of vector alone")
        }
        do { _ = try MixSpecification(self.mix) } catch { throw ValidationError(error.description) }
    }

    func prepare(
        _ configuration: ClientConfiguration
    ) async throws -> (workload: Workload, verifier: (any AnswerVerifier)?) {
        let client = try LikenessClient(configuration: configuration)
        do {
            let prepared = try await self.prepare(client)
            await client.close()
            return prepared
        } catch {
            await client.close()
            throw error
        }
    }

    private func prepare(_ client: LikenessClient) async throws -> (Workload, (any AnswerVerifier)?) {
        if let method = self.call {
            let messages: [MessageTemplate] =
                if let file = self.dataFile {
                    try CallWorkload.messages(file: file)
                } else {
                    try [MessageTemplate(self.data ?? "{}")]
                }
            var calls = CallWorkload(method: method, messages: messages)
            calls.preparedCount = self.prepare
            calls.seed = self.seed
            calls.timeout = self.timeout?.duration
            calls.messageCount = self.messages
            calls.isLockstep = self.lockstep
            return (try await calls.prepare(client: client), nil)
        }
        var mix = MixWorkload(mix: try MixSpecification(self.mix))
        mix.seed = self.seed
        mix.limit = self.limit
        mix.preparedCount = self.prepare
        if let timeout = self.timeout { mix.timeout = timeout.duration }
        if let file = self.vectorsFile { mix.vectors = try QueryVectors.lines(of: file) }
        if let file = self.textsFile { mix.texts = try MessageTemplate.lines(of: file) }
        if let file = self.idsFile { mix.profileIDs = try MessageTemplate.lines(of: file) }
        if let filter = self.filter { mix.filter = filter }
        let workload = try await mix.prepare(client: client)
        guard self.verify else { return (workload, nil) }
        return (workload, try await ExactAnswers.verifier(for: mix.vectorRequests, client: client))
    }
}
