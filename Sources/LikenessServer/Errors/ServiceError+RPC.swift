package import LikenessRPC
internal import LikenessWire

extension ServiceError {
    /// The error as the RPC runtime sends it.
    package var rpcError: RPCError {
        RPCError(self.code, self.message, details: self.details.map { StatusDetail(type: $0.type, value: $0.value) })
    }

    /// Runs a handler and turns whatever it throws into the status its caller gets. What only the log may hold is
    /// logged here, once.
    static func reporting<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError {
            throw error
        } catch {
            throw ServiceError(describing: error).recorded().rpcError
        }
    }
}
