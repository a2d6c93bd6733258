package import LikenessMessages
package import LikenessRPC
package import LikenessReflection
internal import LikenessWire

/// Answers `likeness.rpc.v1.ReflectionService`.
package struct ReflectionService: ReflectionServiceProvider {
    package typealias Context = ServerContext

    private let pool: DescriptorPool
    private let services: [RPCServiceSummary]

    /// - Parameters:
    ///   - pool: Where the services and all their messages are declared.
    ///   - methods: Everything the server answers, as `package.Service/Method`.
    package init(pool: DescriptorPool, methods: [String]) {
        self.pool = pool
        var services: [String: [String]] = [:]
        for method in methods.sorted() {
            let parts = method.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 { services[parts[0], default: []].append(parts[1]) }
        }
        self.services = services.sorted { $0.key < $1.key }.map { RPCServiceSummary(name: $0.key, methods: $0.value) }
    }

    package func listServices(
        _ request: RPCListServicesRequest,
        context: ServerContext
    ) async throws -> RPCListServicesResponse {
        RPCListServicesResponse(services: self.services)
    }

    package func getDescriptorSet(
        _ request: RPCGetDescriptorSetRequest,
        context: ServerContext
    ) async throws -> RPCGetDescriptorSetResponse {
        RPCGetDescriptorSetResponse(fileDescriptorSet: try self.fileDescriptorSet(of: request.symbols))
    }

    /// - Parameter symbols: None for all files.
    func fileDescriptorSet(of symbols: [String]) throws -> [UInt8] {
        guard !symbols.isEmpty else {
            return self.pool.encodedFileDescriptorSet(of: Set(self.pool.files.map(\.path)))
        }
        let files = try symbols.map { symbol in
            guard let file = self.pool.home(of: symbol) else {
                throw RPCError(
                    .notFound,
                    reason: "SYMBOL_NOT_FOUND",
                    "the contract has no \(symbol)",
                    RPCResourceInfo(resourceType: "symbol", resourceName: symbol)
                )
            }
            return file
        }
        return self.pool.encodedFileDescriptorSet(of: Set(files))
    }
}
