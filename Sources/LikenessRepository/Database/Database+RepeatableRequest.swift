internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// An answer about one thing that can be soft-deleted.
protocol RepeatableAnswer: Message {
    var id: String { get }
    var deleteTime: ProtobufTimestamp? { get set }
    static var resource: RepositoryError.Resource { get }
    /// When the thing with the id `$1` was deleted.
    static var deleteTimeStatement: Statement { get }
}

extension Profile: RepeatableAnswer {
    static var resource: RepositoryError.Resource { .profile }
    static var deleteTimeStatement: Statement { ProfileStatements.deleteTime }
}

extension ProfileSummary: RepeatableAnswer {
    static var resource: RepositoryError.Resource { .profile }
    static var deleteTimeStatement: Statement { ProfileStatements.deleteTime }
}

extension Mask: RepeatableAnswer {
    static var resource: RepositoryError.Resource { .mask }
    static var deleteTimeStatement: Statement { MaskStatements.deleteTime }
}

extension Database {
    /// Does a write in a transaction, or answers as it did before when the caller repeats it: with `deleteTime` as it is
    /// now.
    func write<Value: RepeatableAnswer>(
        _ request: RepeatableRequest,
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Written<Value> {
        try await self.write(deadline: deadline) { transaction throws(RepositoryError) in
            guard let id = request.id else { return try await body(transaction) }
            let claimed = try await transaction.query(
                RequestIDStatements.claim,
                Parameters(id, request.caller, request.method, request.content)
            )
            guard claimed.rowCount == 1 else { return try await Self.answer(id, request, in: transaction) }
            let value = try await body(transaction)
            let bytes: [UInt8]
            do {
                bytes = try value.encodedBytes()
            } catch {
                throw RepositoryError.internal(detail: "an answer cannot be encoded: \(error)")
            }
            let subject = try UUID(text: value.id, path: "id")
            _ = try await transaction.query(RequestIDStatements.store, Parameters(id, request.caller, bytes, subject))
            return value
        }
    }

    /// The same; or only what it would answer.
    func write<Value: RepeatableAnswer>(
        _ request: RepeatableRequest,
        validateOnly: Bool,
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Written<Value> {
        guard validateOnly else { return try await self.write(request, deadline: deadline, body) }
        return Written(value: try await self.rehearse(deadline: deadline, body), consistencyToken: nil)
    }

    /// The stored answer of the call that used the id first.
    private static func answer<Value: RepeatableAnswer>(
        _ id: UUID,
        _ request: RepeatableRequest,
        in transaction: Transaction
    ) async throws(RepositoryError) -> Value {
        let found = try await transaction.query(
            RequestIDStatements.answer,
            Parameters(id, request.caller, request.method, request.content)
        )
        // Purged in this moment: the caller may just try again.
        guard found.rowCount == 1 else { throw .conflict }
        let (bytes, isSame) = try readRows { () throws(DatabaseError) in
            (try found.value(0, 0, as: [UInt8].self), try found.value(0, 1, as: Bool.self))
        }
        guard isSame else { throw .requestIDReused }
        var value: Value
        do {
            value = try Value(decoding: bytes)
        } catch {
            throw .internal(detail: "a stored answer cannot be decoded: \(error)")
        }
        let now = try await transaction.query(
            Value.deleteTimeStatement,
            Parameters(try UUID(text: value.id, path: "id"))
        )
        guard now.rowCount == 1 else { throw .notFound(Value.resource, key: value.id) }
        value.deleteTime = try readRows { () throws(DatabaseError) in
            try now.value(0, 0, as: PostgresTimestamp?.self).map { ProtobufTimestamp($0) }
        }
        return value
    }

    /// Forgets the request ids of more than 24 hours ago. Any server may do so, now and then.
    package func purgeRequestIDs(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        _ = try await self.query(RequestIDStatements.purge, deadline: deadline)
    }
}
