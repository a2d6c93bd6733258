internal import LikenessClient
internal import LikenessMessages
internal import LikenessReflection

/// What a server can be asked, as its reflection tells it.
struct RemoteContract: Sendable {
    let pool: DescriptorPool
    /// Full names, by name.
    let services: [String]

    var resolver: SymbolResolver { SymbolResolver(pool: self.pool, services: self.services) }

    static func load(from client: LikenessClient, options: CallOptions) async throws -> RemoteContract {
        let reflection = ReflectionServiceClient(caller: client.caller)
        async let listed = reflection.listServices(RPCListServicesRequest(), options: options)
        let set = try await reflection.getDescriptorSet(RPCGetDescriptorSetRequest(), options: options)
            .fileDescriptorSet
        let services = try await listed.services.map(\.name)
        do {
            // Ours come second: they lend descriptor.proto to a server whose contract does without.
            let pool = try DescriptorPool(fileDescriptorSets: [set, Contract.fileDescriptorSet])
            return RemoteContract(pool: pool, services: services)
        } catch {
            throw CommandFailure("the server's descriptor set cannot be read: \(error)", exitCode: 1)
        }
    }

    /// What the server tells, or else, when it has no reflection or keeps it from this caller, what this program knows.
    static func loadOrKnown(from client: LikenessClient, options: CallOptions) async throws -> RemoteContract {
        do {
            return try await Self.load(from: client, options: options)
        } catch let error as LikenessError where error.code == .unimplemented || error.code == .permissionDenied {
            let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
            return RemoteContract(pool: pool, services: pool.allServices.map(\.fullName))
        }
    }
}
