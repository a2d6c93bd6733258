package import LikenessMessages
package import LikenessRPC
internal import LikenessReflection

/// The services that every server has, whatever it is for: health, reflection, server info.
package struct StandardServices: Sendable {
    package static let methods = HealthServiceMethods.all + ReflectionServiceMethods.all + ServerInfoServiceMethods.all

    /// Where the server says how it is doing; begins as NOT_SERVING. Shut it down before the server, or watchers hold
    /// up the server's end.
    package let health: HealthRegistry

    /// Adds the services to a router that has all others.
    ///
    /// - Parameters:
    ///   - fileDescriptorSets: Encoded `google.protobuf.FileDescriptorSet`s that declare the router's services; the
    ///     standard services' own is known.
    ///   - name: Of the program.
    ///   - version: By semantic versioning.
    ///   - features: What the server can do beyond the protocol.
    /// - Throws: `TranscodingError` when a set cannot be read.
    package init(
        addingTo router: inout MethodRouter,
        fileDescriptorSets: [[UInt8]] = [],
        name: String,
        version: String,
        startTime: ProtobufTimestamp,
        configuration: RPCServerConfiguration,
        features: [String] = []
    ) throws {
        let pool = try DescriptorPool(fileDescriptorSets: fileDescriptorSets + [Contract.fileDescriptorSet])
        let methods = router.methods + Self.methods.map(\.fullName)
        let services = Set(methods.compactMap { $0.split(separator: "/").first.map(String.init) })
        self.health = HealthRegistry(services: services)
        HealthService(registry: self.health).register(in: &router)
        ReflectionService(pool: pool, methods: methods).register(in: &router)
        ServerInfoService(
            info: RPCGetServerInfoResponse(
                name: name,
                version: version,
                protocol: "likeness/1",
                startTime: startTime,
                limits: RPCProtocolLimits(configuration),
                services: services.sorted(),
                features: features
            )
        ).register(in: &router)
    }
}
