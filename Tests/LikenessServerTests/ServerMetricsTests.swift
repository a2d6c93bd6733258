import CoreMetrics
import LikenessMessages
import LikenessRPC
import LikenessWire
import MetricsTestKit
import Testing

@testable import LikenessServer

@Suite struct ServerMetricsTests {
    private static let peer = PeerIdentity(certificate: nil, address: "127.0.0.1:1")

    private static func method(_ name: String) -> MethodInfo {
        MethodInfo(
            service: "test.v1.TestService",
            name: name,
            kind: .unary,
            requiredRole: .reader,
            isIdempotent: true,
            hasNoSideEffects: true,
            defaultTimeout: nil
        )
    }

    private static func ended(_ method: MethodInfo?, _ code: StatusCode, wasStarted: Bool = true) -> EndedCall {
        EndedCall(
            method: method,
            peer: Self.peer,
            code: code,
            wasStarted: wasStarted,
            duration: .milliseconds(5),
            requestBytes: 10,
            responseBytes: 20
        )
    }

    @Test func `calls are counted by method, code and role`() throws {
        let test = TestMetrics()
        let metrics = ServerMetrics(factory: test)
        let query = Self.method("Query")
        for _ in 0..<3 {
            metrics.callStarted(query)
            metrics.callEnded(Self.ended(query, .ok))
        }
        metrics.callStarted(query)
        metrics.callEnded(Self.ended(query, .resourceExhausted, wasStarted: false))
        let dimensions = [("method", query.fullName), ("code", "OK"), ("role", "reader")]
        #expect(try test.expectCounter("likeness_rpc_calls_total", dimensions).totalValue == 3)
        let durations = try test.expectTimer("likeness_rpc_call_duration_seconds", dimensions).values
        #expect(durations == [5_000_000, 5_000_000, 5_000_000])
        #expect(test.counterTotal(label: "likeness_rpc_request_bytes_total") == 30)
        #expect(test.counterTotal(label: "likeness_rpc_response_bytes_total") == 60)
        #expect(test.counterTotal(label: "likeness_rpc_calls_refused_total") == 1)
        #expect(try test.expectGauge("likeness_rpc_calls_in_flight").lastValue == 1)
    }

    @Test func `names that a peer makes up make one series`() throws {
        let test = TestMetrics()
        let metrics = ServerMetrics(factory: test)
        for _ in 0..<100 { metrics.callEnded(Self.ended(nil, .unimplemented, wasStarted: false)) }
        #expect(test.counters(label: "likeness_rpc_calls_total").count == 1)
        let dimensions = [("method", "_OTHER"), ("code", "UNIMPLEMENTED"), ("role", "_OTHER")]
        #expect(try test.expectCounter("likeness_rpc_calls_total", dimensions).totalValue == 100)
    }

    @Test func `connections are counted as they come, go and are refused`() throws {
        let test = TestMetrics()
        let metrics = ObserverChain(ServerMetrics(factory: test), AccessLog())
        metrics.connectionOpened(Self.peer)
        metrics.connectionOpened(Self.peer)
        metrics.connectionClosed(Self.peer)
        metrics.connectionRefused(.handshake)
        #expect(try test.expectGauge("likeness_rpc_connections").lastValue == 1)
        #expect(test.counterTotal(label: "likeness_rpc_connections_opened_total") == 2)
        let refused = try test.expectCounter("likeness_rpc_connections_refused_total", [("reason", "handshake")])
        #expect(refused.totalValue == 1)
    }
}
