import LikenessMessages
import LikenessMetrics
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import LikenessServer

struct OperationsRoutesTests {
    private let state = ServiceState()
    private let metrics = MetricsStore(ServiceMetric.all)

    private func routes(
        _ components: [ComponentHealth] = [],
        loops: EventLoopWatch = EventLoopWatch([]),
        healthAge: Duration = .seconds(5)
    ) -> OperationsRoutes {
        OperationsRoutes(
            probes: OperationsProbes(
                state: self.state,
                loops: loops,
                health: { (GetHealthResponse(status: .serving, components: components), healthAge) }
            ),
            metrics: self.metrics
        )
    }

    private func get(_ target: String, _ routes: OperationsRoutes) -> OperationsResponse {
        routes.response(to: OperationsRequest(method: "GET", target: target))
    }

    private static let database = ComponentHealth(name: "database", status: .notServing, message: "does not answer")
    private static let outbox = ComponentHealth(name: "outbox", status: .degraded, message: "12 sections wait")

    @Test func `a service is ready between its start and its end`() {
        let routes = self.routes([ComponentHealth(name: "database", status: .serving, message: "answers")])
        #expect(self.get("/startupz", routes).status == 503)
        #expect(self.get("/readyz", routes).status == 503)
        self.state.start()
        #expect(self.get("/startupz", routes) == OperationsResponse(200, "ok\n"))
        #expect(self.get("/readyz", routes) == OperationsResponse(200, "ok\n"))
        self.state.stop()
        #expect(self.get("/startupz", routes).status == 200)
        let stopping = self.get("/readyz", routes)
        #expect(stopping.status == 503)
        #expect(stopping.body == "[-]shutdown: calls under way are let end\nreadyz check failed\n")
    }

    @Test func `a part that does not serve is named without being asked for`() {
        self.state.start()
        let answer = self.get("/readyz", self.routes([Self.database, Self.outbox]))
        #expect(answer.status == 503)
        #expect(answer.body == "[-]database: does not answer\nreadyz check failed\n")
    }

    @Test(arguments: ["/readyz?verbose", "/readyz?verbose=1", "/readyz?a=b&verbose"])
    func `what is degraded is ready, and listed`(target: String) {
        self.state.start()
        let answer = self.get(target, self.routes([Self.outbox]))
        #expect(answer.status == 200)
        #expect(
            answer.body == """
                [+]start: complete
                [+]shutdown: not asked for
                [+]health: looked at
                [+]outbox: degraded: 12 sections wait
                ok

                """
        )
    }

    @Test func `a service whose health is no longer looked at is not ready`() {
        self.state.start()
        let serving = ComponentHealth(name: "database", status: .serving, message: "answers")
        #expect(self.get("/readyz", self.routes([serving], healthAge: .milliseconds(29_999))).status == 200)
        let late = self.routes([serving], healthAge: .seconds(30))
        let answer = self.get("/readyz", late)
        #expect(answer.status == 503)
        #expect(answer.body == "[-]health: has not been looked at for 30 s\nreadyz check failed\n")
        #expect(late.probes.samples() == [MetricSample(ServiceMetric.ready.name, 0)])
        // Before the start is complete its health was not looked at yet.
        #expect(self.get("/startupz", late).status == 200)
    }

    @Test func `a service whose loops turn is alive, whatever the database does`() {
        let loop = EmbeddedEventLoop()
        let watch = EventLoopWatch([loop], now: { loop.now })
        loop.advanceTime(by: .seconds(5))
        let answer = self.get("/livez?verbose", self.routes([Self.database], loops: watch))
        #expect(answer == OperationsResponse(200, "[+]event_loop_0: turns\nok\n"))
        watch.stop()
    }

    @Test func `loops are late by what they are late, less the second between two turns`() {
        let loop = EmbeddedEventLoop()
        let clock = ManualNow(loop.now)
        let watch = EventLoopWatch([loop], now: { clock.now })
        loop.run()
        clock.now = clock.now + .seconds(1)
        #expect(watch.delays() == [.zero])
        clock.now = clock.now + .milliseconds(2_500)
        #expect(watch.delays() == [.milliseconds(2_500)])
        #expect(self.get("/livez", self.routes(loops: watch)).status == 200)
        clock.now = clock.now + .seconds(8)
        let answer = self.get("/livez", self.routes(loops: watch))
        #expect(answer.status == 503)
        #expect(answer.body == "[-]event_loop_0: has not turned for 10.5 s\nlivez check failed\n")
        loop.advanceTime(by: .seconds(1))
        #expect(watch.delays() == [.zero])
        watch.stop()
    }

    @Test(arguments: [
        ("POST", "/livez", 405), ("DELETE", "/metrics", 405), ("HEAD", "/livez", 200), ("GET", "/", 200),
        ("GET", "/metrics", 200), ("GET", "/metrics/", 404), ("POST", "/nothing", 404), ("GET", "//livez", 404),
        ("GET", "/../livez", 404), ("GET", "", 404),
    ])
    func `what there is`(method: String, target: String, status: Int) {
        let answer = self.routes().response(to: OperationsRequest(method: method, target: target))
        #expect(answer.status == status)
        #expect((answer.allow == nil) == (status != 405))
    }

    @Test func `a path that is not there is quoted without what a terminal obeys`() {
        let body = self.get("/\u{1B}]0;x\u{7}", self.routes()).body
        #expect(body.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    }

    @Test func `metrics come in the format that is asked for`() {
        let request = OperationsRequest(method: "GET", target: "/metrics", accept: "application/openmetrics-text")
        let answer = self.routes().response(to: request)
        #expect(answer.contentType == Exposition.openMetrics.contentType)
        #expect(answer.body.hasSuffix("# EOF\n"))
        #expect(self.get("/metrics", self.routes()).contentType == Exposition.prometheus.contentType)
    }
}

/// A clock that a test moves.
private final class ManualNow: Sendable {
    private let time: Mutex<NIODeadline>

    init(_ now: NIODeadline) { self.time = Mutex(now) }

    var now: NIODeadline {
        get { self.time.withLock { $0 } }
        set { self.time.withLock { $0 = newValue } }
    }
}
