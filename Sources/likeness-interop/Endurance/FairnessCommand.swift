internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop
internal import LikenessMessages
internal import Synchronization

struct FairnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fairness",
        abstract: "Make small calls beside a stream that takes all it can get, and print what they wait.",
        discussion: """
            One caller, one call at a time, without a stream, beside a stream of answers, and beside a stream of requests; \
            on the stream's own connection and on another. The server should run in a process of its own. Ends with \
            status 1 when a call failed or a stream did not flow.
            """
    )

    @Option(help: "The client.json of the server.", completion: .file(extensions: ["json"]))
    var connect: String

    @Option(help: "Seconds for each line.")
    var seconds = 3.0

    @Option(help: "Bytes of a message of the stream.")
    var messageBytes = 256 << 10

    func validate() throws {
        guard (0.1...60).contains(self.seconds), (1...(2 << 20)).contains(self.messageBytes) else {
            throw ValidationError("a value is out of its range")
        }
    }

    private final class Flow: Sendable {
        let bytes = Atomic(0)
        let isOver = Atomic(false)

        func count(_ byteCount: Int) { self.bytes.add(byteCount, ordering: .relaxed) }
        func end() { self.isOver.store(true, ordering: .relaxed) }
        var goesOn: Bool { !self.isOver.load(ordering: .relaxed) }
    }

    private enum Stream: String, CaseIterable {
        case none = "no stream"
        case answers = "a stream of answers"
        case requests = "a stream of requests"
    }

    func run() async throws {
        let configuration = try ClientConfiguration(file: self.connect)
        var isGood = true
        for stream in Stream.allCases {
            for isShared in stream == .none ? [true] : [true, false] {
                let streaming = try LikenessClient(configuration: configuration)
                let calling = isShared ? streaming : try LikenessClient(configuration: configuration)
                let flow = Flow()
                let running = Task { try await self.keep(stream, streaming, flow) }
                let (latencies, failures) = await self.calls(calling)
                let rate = Double(flow.bytes.load(ordering: .relaxed)) / self.seconds / 1e6
                flow.end()
                if case .failure(let error) = await running.result {
                    try Console.output.writeLine("the stream failed: \(error)")
                    isGood = false
                }
                if !isShared { await calling.close() }
                await streaming.close()
                if failures > 0 || latencies.isEmpty || (stream != .none && rate == 0) { isGood = false }
                let place = stream == .none ? "" : isShared ? " on the same connection" : " on another connection"
                try Console.output.writeLine(
                    "beside \(stream.rawValue)\(place): \(latencies.count) calls, \(failures) failed, "
                        + "p50 \(Self.percentile(latencies, 0.5)) µs, p99 \(Self.percentile(latencies, 0.99)) µs, "
                        + "longest \(latencies.last.map(Self.microseconds) ?? 0) µs; stream \(Int(rate)) MB/s"
                )
            }
        }
        if !isGood { throw ExitCode(1) }
    }

    private func calls(_ client: LikenessClient) async -> (sorted: [Duration], failures: Int) {
        let service = InteropServiceClient(caller: client.caller)
        let end = ContinuousClock.now + .seconds(self.seconds)
        var latencies: [Duration] = []
        var failures = 0
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            do {
                _ = try await service.emptyCall(EmptyCallRequest(), options: CallOptions(timeout: .seconds(20)))
                latencies.append(.now - start)
            } catch {
                failures += 1
            }
        }
        return (latencies.sorted(), failures)
    }

    /// Keeps a stream going until it is told to end.
    private func keep(_ stream: Stream, _ client: LikenessClient, _ flow: Flow) async throws {
        let service = InteropServiceClient(caller: client.caller)
        let options = CallOptions(timeout: .seconds(self.seconds + 60))
        let byteCount = self.messageBytes
        switch stream {
        case .none: return
        case .answers:
            let endless = StreamingOutputCallRequest(
                responseParameters: [ResponseParameters(size: UInt32(byteCount))],
                repetitions: .max
            )
            try await service.streamingOutputCall(endless, options: options) { responses in
                while flow.goesOn, let response = try await responses.next() {
                    flow.count(response.payload?.body.count ?? 0)
                }
            }
        case .requests:
            let request = StreamingInputCallRequest(payload: Payload(body: .init(repeating: 7, count: byteCount)))
            _ = try await service.streamingInputCall(options: options) { requests in
                while flow.goesOn {
                    try await requests.write(request)
                    flow.count(byteCount)
                }
            }
        }
    }

    private static func percentile(_ sorted: [Duration], _ share: Double) -> Int {
        guard !sorted.isEmpty else { return 0 }
        return self.microseconds(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
    }

    private static func microseconds(_ duration: Duration) -> Int { Int(duration / .microseconds(1)) }
}
