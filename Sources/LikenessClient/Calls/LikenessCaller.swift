public import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import NIOPosix
internal import Synchronization
internal import Tracing

/// What carries a client's calls: connections to its endpoints, with retries where they are safe.
public final class LikenessCaller: MethodCaller {
    public typealias Options = CallOptions

    let pool: EndpointPool
    let clock: ClientClock
    let budget = Mutex(RetryBudget())
    private let policy: RetryPolicy
    private let interceptors: [any ClientInterceptor]

    init(configuration: ClientConfiguration, clock: ClientClock, resolver: HostResolver) throws(LikenessError) {
        let tls = try ClientTLS(configuration)
        self.policy = RetryPolicy(attemptsMax: configuration.attemptsMax)
        let tracer = configuration.tracer ?? InstrumentationSystem.tracer
        let tracing = tracer is NoOpTracer ? [] : [ClientTracing(tracer: tracer, endpoints: configuration.endpoints)]
        self.interceptors = tracing + configuration.interceptors
        self.clock = clock
        self.pool = EndpointPool(
            configuration,
            resolver: resolver,
            dependencies: .init(
                tls: tls,
                connectTimeout: configuration.connectTimeout,
                clock: clock,
                group: MultiThreadedEventLoopGroup.singleton
            )
        )
    }

    func close(deadline: ContinuousClock.Instant) async { await self.pool.close(deadline: deadline) }

    public func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        try await self.intercepted(method.info, options) { options in
            let attempt = Attempt(method, request, options, now: self.clock.now())
            if let hedging = options.hedging, method.info.mayBeRepeated {
                return try await self.hedged(attempt, HedgeMachine(hedging))
            }
            return try await self.retried(attempt, options)
        }
    }

    /// Runs the call inside the interceptors.
    func intercepted<Result: Sendable>(
        _ method: MethodInfo,
        _ options: CallOptions,
        _ call: (CallOptions) async throws -> Result
    ) async throws -> Result {
        func run(_ context: CallContext, from index: Int) async throws -> Result {
            guard index < self.interceptors.count else { return try await call(context.options) }
            return try await self.interceptors[index].intercept(context) { try await run($0, from: index + 1) }
        }
        do {
            return try await run(CallContext(method: method, options: options), from: 0)
        } catch let error as RPCError {
            throw LikenessError(error)
        } catch is CancellationError {
            throw LikenessError(.cancelled, "the call was cancelled")
        }
    }

    /// One attempt after the other.
    private func retried<Request, Response>(
        _ attempt: Attempt<Request, Response>,
        _ options: CallOptions
    ) async throws -> Response {
        let policy = options.attemptsMax.map(RetryPolicy.init(attemptsMax:)) ?? self.policy
        var machine = RetryMachine(policy: policy, method: attempt.method.info, deadline: attempt.deadline)
        let tried = LastEndpoint()
        while true {
            switch await attempt.run(in: self.pool, avoiding: tried) {
            case .success(let response):
                self.budget.withLock { $0.succeeded() }
                return response
            case .failure(let failure):
                let (now, jitter) = (self.clock.now(), Double.random(in: 0.8...1.2))
                let decision = self.budget.withLock {
                    machine.failed(failure.error, failure.kind, budget: &$0, now: now, jitter: jitter)
                }
                guard case .repeatAfter(let delay) = decision else { throw failure.error }
                guard delay > .zero else { continue }
                do { try await self.clock.sleep(now + delay) } catch {
                    throw LikenessError(.cancelled, "the call was cancelled")
                }
            }
        }
    }
}
