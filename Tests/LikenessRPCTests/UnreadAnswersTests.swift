import LikenessMessages
import LikenessWire
import NIOCore
import NIOEmbedded
import Testing

@testable import LikenessRPC

/// What becomes of a connection whose client does not read. The clock and the socket are the test's.
@Suite struct UnreadAnswersTests {
    private static let answerBytes = 10_000

    /// - Parameter isReading: What the socket says of its client.
    private static func bench(isReading: Bool) throws -> TimingTests.Bench {
        var configuration = RPCServerConfiguration()
        configuration.unwrittenBytesMax = 65_536
        let bench = try TimingTests.Bench(configuration)
        try bench.greet()
        Self.set(bench, isReading: isReading)
        return bench
    }

    private static func set(_ bench: TimingTests.Bench, isReading: Bool) {
        bench.channel.isWritable = isReading
        bench.channel.pipeline.fireChannelWritabilityChanged()
    }

    private static func ask(_ bench: TimingTests.Bench, count: Int) throws {
        let request = try RPCStatusDetail(type: "\(Self.answerBytes)").encodedBytes()
        try bench.send { buffer in
            for index in 0..<count {
                let head = RequestHead(method: Echo.inflate.info.fullName)
                buffer.writeRequest(StreamID(index * 2 + 1), head, isLast: true) { $0.writeBytes(request) }
            }
        }
    }

    @Test func `no call of a packet starts beyond the bound, and all go on when the client reads`() throws {
        let bench = try Self.bench(isReading: false)
        try Self.ask(bench, count: 90)
        // However long the client may take within its time.
        bench.loop.advanceTime(by: .seconds(15))
        // The one that goes over the bound is the last.
        #expect(try bench.frames().count == 7)
        Self.set(bench, isReading: true)
        let ids = try bench.frames().compactMap { if case .end(let id, _, _, _) = $0 { id } else { nil } }
        let expected = (7..<90).map { StreamID($0 * 2 + 1) }
        #expect(ids == expected)
        #expect(bench.isOpen)
    }

    @Test func `a client that reads gets the answers of any packet`() throws {
        let bench = try Self.bench(isReading: true)
        try Self.ask(bench, count: 90)
        #expect(try bench.frames().count == 90)
    }

    @Test func `a client that does not read for too long is told why, and its calls are cancelled`() throws {
        let bench = try Self.bench(isReading: true)
        try bench.send { $0.writeRequest(1, RequestHead(method: Echo.hang.info.fullName), isLast: true) { _ in } }
        #expect(bench.service.counts.running == 1)
        Self.set(bench, isReading: false)
        bench.loop.advanceTime(by: .milliseconds(19_999))
        #expect(bench.service.counts.running == 1)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(try TimingTests.code(bench.frames()) == .timeout)
        #expect(bench.service.counts.running == 0)
        bench.loop.advanceTime(by: .milliseconds(500))
        #expect(!bench.isOpen)
    }

    @Test func `a frame that is held back has not taken too long`() throws {
        let bench = try Self.bench(isReading: false)
        try Self.ask(bench, count: 90)
        bench.loop.advanceTime(by: .seconds(12))
        #expect(try bench.frames().count == 7)
        Self.set(bench, isReading: true)
        #expect(try bench.frames().count == 83)
        bench.loop.advanceTime(by: .seconds(30))
        #expect(bench.isOpen)
    }
}
