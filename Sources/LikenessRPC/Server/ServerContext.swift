package import LikenessMessages
package import LikenessWire

/// What a handler learns of its call besides the request.
package struct ServerContext: Sendable {
    private let call: ServerCall

    init(_ call: ServerCall) { self.call = call }

    package var method: MethodInfo { self.call.method }
    package var metadata: Metadata { self.call.metadata }
    /// When the caller stops waiting; the handler's task is cancelled then. `nil` when it waits for ever.
    package var deadline: ContinuousClock.Instant? { self.call.deadline }
    package var peer: PeerIdentity { self.call.peer }
    package var roles: Set<Role> { self.call.caller.roles }
    /// Names of the stored views that every answer to this caller passes through, the one that binds most first.
    package var boundMasks: [String] { self.call.caller.boundMasks }
    /// Who calls, by what was verified: the token's name, or the first name of the certificate. Empty for a caller without
    /// either.
    package var callerName: String { self.call.client.verifiedName }
    /// Most bytes of an answer that the client takes in one frame.
    package var answerBytesMax: Int { self.call.answerBytesMax }
    /// Items of the request that could not be decoded, where the contract has them judged one by one.
    package var undecodableItems: [UndecodableItem] { self.call.undecodableItems }
    /// Whose call it is, for what is shared between clients.
    package var client: ClientKey { self.call.client }

    /// Ends the call with an error although its handler runs; the handler's task is cancelled. May be called on any thread.
    package func end(_ error: RPCError) { self.call.end(error) }

    /// Time to the deadline, zero when it has passed; `nil` without one.
    package var remainingTime: Duration? {
        self.call.deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }

    /// What the caller is told of an error that a handler throws; what it was already told, when the deadline has passed.
    package func code(of error: any Error) -> StatusCode {
        self.call.answer ?? Status(known: error)?.code ?? .internal
    }

    /// Says what the call is about, for the audit log: an id, not a text.
    package func setTarget(_ target: String) { self.call.target = target }

    /// Adds to what goes back after the answer, or with the error.
    package func addTrailer(_ key: String, _ value: String) { self.call.addTrailer(key, Array(value.utf8)) }

    /// - Parameter key: Ends in `-bin` unless the value is UTF-8.
    package func addTrailer(_ key: String, _ value: [UInt8]) { self.call.addTrailer(key, value) }
}
