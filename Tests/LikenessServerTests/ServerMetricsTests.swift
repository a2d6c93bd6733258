import CoreMetrics
import LikenessMessages
import LikenessMetrics
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

    private static let system = ("rpc_system_name", "likeness")

    @Test func `calls are counted by method and code, those that never started apart`() throws {
        let test = TestMetrics()
        let metrics = ServerMetrics(factory: test)
        let query = Self.method("Query")
        for _ in 0..<3 {
            metrics.callStarted(query)
            metrics.callEnded(Self.ended(query, .ok))
        }
        metrics.callStarted(query)
        metrics.callEnded(Self.ended(query, .resourceExhausted, wasStarted: false))
        let method = ("rpc_method", query.fullName)
        let ended = [Self.system, method, ("rpc_status_code", "OK")]
        let durations = try test.expectTimer(ServiceMetric.callDuration.name, ended).values
        #expect(durations == [5_000_000, 5_000_000, 5_000_000])
        let started = try test.expectCounter(ServiceMetric.callsStarted.name, [Self.system, method])
        #expect(started.totalValue == 4)
        let refused = [method, ("rpc_status_code", "RESOURCE_EXHAUSTED")]
        #expect(try test.expectCounter(ServiceMetric.callsRefused.name, refused).totalValue == 1)
        #expect(test.counterTotal(label: ServiceMetric.requestBytes.name) == 30)
        #expect(test.counterTotal(label: ServiceMetric.responseBytes.name) == 60)
        #expect(try test.expectGauge(ServiceMetric.callsInFlight.name).lastValue == 1)
    }

    @Test func `names that a peer makes up make one series`() throws {
        let test = TestMetrics()
        let metrics = ServerMetrics(factory: test)
        for _ in 0..<100 { metrics.callEnded(Self.ended(nil, .unimplemented, wasStarted: false)) }
        #expect(test.counters(label: ServiceMetric.callsRefused.name).count == 1)
        let dimensions = [("rpc_method", "_OTHER"), ("rpc_status_code", "UNIMPLEMENTED")]
        #expect(try test.expectCounter(ServiceMetric.callsRefused.name, dimensions).totalValue == 100)
    }

    @Test func `connections are counted as they come, go and are refused`() throws {
        let test = TestMetrics()
        let metrics = ObserverChain(ServerMetrics(factory: test), AccessLog())
        metrics.connectionOpened(Self.peer)
        metrics.connectionOpened(Self.peer)
        metrics.connectionClosed(Self.peer)
        metrics.connectionRefused(.handshake)
        #expect(try test.expectGauge(ServiceMetric.connections.name).lastValue == 1)
        #expect(test.counterTotal(label: ServiceMetric.connectionsOpened.name) == 2)
        let refused = try test.expectCounter(ServiceMetric.connectionsRefused.name, [("reason", "handshake")])
        #expect(refused.totalValue == 1)
    }
}
