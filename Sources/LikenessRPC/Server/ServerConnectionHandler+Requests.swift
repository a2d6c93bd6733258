internal import LikenessMessages
internal import LikenessScheduling
internal import LikenessWire
internal import NIOCore

/// Which requests become calls: who asks, what for, and whether there is room.
extension ServerConnectionHandler {
    func requestArrived(
        _ id: StreamID,
        _ head: RequestHead,
        _ message: ByteBuffer?,
        isLast: Bool,
        now: NIODeadline
    ) {
        let route = self.dependencies.router.route(to: head.method)
        switch self.machine.requestArrived(id, isLast: isLast) {
        case .dispatch:
            let caller = self.caller(head.metadata, now: now)
            if let error = self.objection(to: head, route, of: caller) {
                // Whatever else the client sends on the stream goes nowhere.
                _ = self.machine.handlerFinished(id)
                self.refuse(id, route?.method, error, caller: caller, metadata: head.metadata)
            } else if let route {
                let flow = self.flow(of: caller, route)
                let priority = route.method.kind == .unary ? CallPriority(route, head.metadata) : nil
                if priority == nil, let error = self.objectionToStream(of: caller) {
                    _ = self.machine.handlerFinished(id)
                    self.refuse(
                        id,
                        route.method,
                        error,
                        caller: caller,
                        metadata: head.metadata,
                        wasNotProcessed: true
                    )
                } else if let priority, let error = self.dependencies.admission.enter(priority, of: flow, now: now) {
                    _ = self.machine.handlerFinished(id)
                    self.refuse(
                        id,
                        route.method,
                        error,
                        caller: caller,
                        metadata: head.metadata,
                        wasNotProcessed: true
                    )
                } else {
                    self.start(id, route, priority, head, message, isLast: isLast, now: now, caller: caller, flow: flow)
                }
            }
        case .refuse(.draining):
            self.refuse(
                id,
                route?.method,
                RPCError(.unavailable, reason: "DRAINING", "this connection is closing"),
                metadata: head.metadata,
                wasNotProcessed: true
            )
        case .refuse(.tooManyStreams):
            let text = "more than \(self.dependencies.configuration.settings.streamsMax) calls at once"
            self.refuse(
                id,
                route?.method,
                RPCError(.resourceExhausted, reason: "TOO_MANY_CALLS", text),
                metadata: head.metadata,
                wasNotProcessed: true
            )
        case .refuse(.tooManyStopping):
            let text = "calls that were cancelled or late have not stopped yet"
            self.refuse(
                id,
                route?.method,
                RPCError(.resourceExhausted, reason: "TOO_MANY_CALLS", text, Self.retryWhenStopped),
                metadata: head.metadata,
                wasNotProcessed: true
            )
        case .fail(let violation): self.fail(violation)
        case .drop: break
        }
    }

    /// Handlers stop within milliseconds, unless they wait for something that cannot be cancelled.
    private static let retryWhenStopped = RPCRetryInfo(retryDelay: ProtobufDuration(seconds: 0, nanos: 100_000_000))

    /// Streams last: those of peers that have shown nothing have a bound of their own.
    private func objectionToStream(of caller: Caller) -> RPCError? {
        guard !self.hasCredential else { return nil }
        let limit = self.dependencies.configuration.streamsWithoutCredentialMax
        guard self.calls.values.lazy.filter({ $0.method.kind != .unary }).count >= limit else { return nil }
        let text = "more than \(limit) streams at once without a certificate or a token"
        return RPCError(.resourceExhausted, reason: "TOO_MANY_CALLS", text)
    }

    /// Why a call may not start: the one place that decides it.
    private func objection(to head: RequestHead, _ route: MethodRouter.Route?, of caller: Caller) -> RPCError? {
        switch head.defect {
        case .methodTooLong, .methodNotText:
            return RPCError(.unimplemented, reason: "UNKNOWN_METHOD", "there is no such method")
        case .metadataTooLarge:
            let text = "metadata may have \(self.dependencies.configuration.settings.metadataBytesMax) bytes"
            return RPCError(.resourceExhausted, reason: "METADATA_TOO_LARGE", text)
        case .metadataKeyInvalid:
            return RPCError(.invalidArgument, reason: "INVALID_METADATA", "metadata has an invalid key")
        case .metadataValueNotText:
            let text = "metadata has a value that is not UTF-8 under a key that does not end in -bin"
            return RPCError(.invalidArgument, reason: "INVALID_METADATA", text)
        case nil: break
        }
        guard let route else {
            return RPCError(.unimplemented, reason: "UNKNOWN_METHOD", "there is no such method")
        }
        if caller.token == .unknown {
            return RPCError(.unauthenticated, reason: "INVALID_TOKEN", "the bearer token is not one that counts here")
        }
        let required = route.method.requiredRole
        guard caller.may(route.method) else {
            if caller.roles.isSubset(of: [.none]), self.identity?.certificate == nil, caller.token == .absent {
                let text = "\(route.method.fullName) wants a client certificate or a bearer token"
                return RPCError(.unauthenticated, reason: "CREDENTIALS_REQUIRED", text)
            }
            let text = "\(route.method.fullName) requires the role \(required)"
            return RPCError(.permissionDenied, reason: "ROLE_REQUIRED", text)
        }
        if let mask = caller.boundMasks.first, !route.servesBoundCallers {
            let text =
                "this caller sees profiles through the mask \(mask), and \(route.method.fullName) would show more"
            return RPCError(.permissionDenied, reason: "BOUND_TO_MASK", text)
        }
        if caller.isAudited(route.method), self.dependencies.observer?.takesAuditedCalls == false {
            let text = "the audit log takes no more lines; nothing was done"
            return RPCError(.unavailable, reason: "AUDIT_LOG_BLOCKED", text)
        }
        return nil
    }

    /// Who makes a call: its token's roles alone where it shows one, its certificate's otherwise. The masks of both bind it.
    private func caller(_ metadata: Metadata, now: NIODeadline) -> Caller {
        let peer = self.peerAsCaller(now: now)
        switch metadata.isEmpty ? .absent : BearerToken(metadata) {
        case .absent: return peer
        case .present(let token):
            guard let holder = self.dependencies.tokens(token) else { fallthrough }
            self.credentialShown()
            let more = holder.boundMask.map { peer.boundMasks.contains($0) ? [] : [$0] } ?? []
            return Caller(roles: holder.roles, token: .held(by: holder.name), boundMasks: peer.boundMasks + more)
        case .unreadable: return Caller(roles: [], token: .unknown, boundMasks: peer.boundMasks)
        }
    }

    /// Whose share a call takes: as ``ClientKey`` says, of which the connection's part is known already.
    private func flow(of caller: Caller, _ route: MethodRouter.Route) -> Flow {
        let flow = ClientKey(caller.token).map { Flow($0) } ?? self.connectionFlow
        return route.isSystem ? flow.with(.system) : flow
    }

    private func credentialShown() {
        guard !self.hasCredential, let channel = self.context?.channel else { return }
        self.hasCredential = true
        self.dependencies.connections.credentialShown(on: channel)
    }

    /// Who calls without a token. Asked anew every second, so that a role that was taken away is gone on open connections too.
    private func peerAsCaller(now: NIODeadline) -> Caller {
        if let peer = self.knownPeer, now < peer.until { return peer.caller }
        let caller = Caller(
            roles: self.identity.map(self.dependencies.roles) ?? [],
            token: .absent,
            boundMasks: self.identity.map(self.dependencies.boundMasks) ?? []
        )
        self.knownPeer = (caller, now + TimeAmount(self.dependencies.configuration.rolesTime))
        return caller
    }

    private func start(
        _ id: StreamID,
        _ route: MethodRouter.Route,
        _ priority: CallPriority?,
        _ head: RequestHead,
        _ message: ByteBuffer?,
        isLast: Bool,
        now: NIODeadline,
        caller: Caller,
        flow: Flow
    ) {
        guard let identity = self.identity else { return }
        let call = ServerCall(
            id: id,
            method: route.method,
            admission: priority.map { ($0, route.index) },
            head: head,
            requestBytes: message?.readableBytes ?? 0,
            now: now,
            peer: identity,
            caller: caller,
            flow: flow,
            deadlineMax: self.dependencies.configuration.deadlineMax.of(route.method),
            answerBytesMax: self.answerFrameBytesMax - Self.answerRoomBytes,
            interceptors: self.dependencies.interceptors,
            logger: self.dependencies.logger,
            eventLoop: self.eventLoop,
            connection: NIOLoopBound(self, eventLoop: self.eventLoop),
            inbound: self.inbound(id, route.method, first: message, isLast: isLast)
        )
        self.calls[id] = call
        self.liveness.callStarted()
        self.dependencies.observer?.callStarted(route.method)
        if let alarm = call.alarm { self.wake(at: alarm) }
        let task = Task.immediate(executorPreference: self.executor) {
            await Flow.$current.withValue(call.flow) {
                await CurrentWork.$tally.withValue(call) { await route.run(call, message) }
            }
        }
        call.run(in: task)
    }
}
