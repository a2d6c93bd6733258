internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

extension Database {
    /// Does a write in a transaction, or answers as it did before when the caller repeats it.
    func write<Value: Message>(
        _ request: RepeatableRequest,
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Written<Value> {
        let value = try await self.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            guard let id = request.id else { return try await body(transaction) }
            let claimed = try await transaction.query(
                RequestIDStatements.claim,
                Parameters(id, request.method, request.content)
            )
            guard claimed.rowCount == 1 else { return try await Self.answer(id, request, in: transaction) }
            let value = try await body(transaction)
            let bytes: [UInt8]
            do {
                bytes = try value.encodedBytes()
            } catch {
                throw RepositoryError.internal(detail: "an answer cannot be encoded: \(error)")
            }
            _ = try await transaction.query(RequestIDStatements.store, Parameters(id, bytes))
            return value
        }
        return Written(value: value, consistencyToken: try await self.consistencyToken(deadline: deadline))
    }

    /// The stored answer of the call that used the id first.
    private static func answer<Value: Message>(
        _ id: UUID,
        _ request: RepeatableRequest,
        in transaction: Transaction
    ) async throws(RepositoryError) -> Value {
        let found = try await transaction.query(
            RequestIDStatements.answer,
            Parameters(id, request.method, request.content)
        )
        // Purged in this moment: the caller may just try again.
        guard found.rowCount == 1 else { throw .conflict }
        let (bytes, isSame) = try readRows { () throws(DatabaseError) in
            (try found.value(0, 0, as: [UInt8].self), try found.value(0, 1, as: Bool.self))
        }
        guard isSame else { throw .requestIDReused }
        do {
            return try Value(decoding: bytes)
        } catch {
            throw .internal(detail: "a stored answer cannot be decoded: \(error)")
        }
    }

    /// Forgets the request ids of more than 24 hours ago. Any server may do so, now and then.
    package func purgeRequestIDs(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        _ = try await self.query(RequestIDStatements.purge, deadline: deadline)
    }
}
