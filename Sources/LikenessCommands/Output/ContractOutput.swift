internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// A server's services.
struct ServiceListOutput: Encodable {
    struct Service: Encodable {
        let name: String
        let methods: [String]
        let description: String
    }

    let services: [Service]

    init(_ contract: RemoteContract) {
        self.services = contract.services.map { name in
            let service = contract.pool.service(name)
            return Service(
                name: name,
                methods: service?.methods.map(\.name) ?? [],
                description: service.map { Self.sentence(contract.pool, $0.file, $0.place) } ?? ""
            )
        }
    }

    /// The first sentence of a comment.
    static func sentence(_ pool: DescriptorPool, _ file: String, _ place: [Int32]) -> String {
        let text = pool.file(file)?.comment(at: place) ?? ""
        let line = text.split(separator: "\n").joined(separator: " ")
        return line.firstRange(of: ". ").map { String(line[..<$0.lowerBound]) + "." } ?? line
    }

    func table(_ style: TerminalStyle) -> DisplayText {
        var table = Table([
            .init(title: "SERVICE"), .init(title: "METHODS", alignment: .right),
            .init(title: "WHAT IT IS FOR", widthMax: 80),
        ])
        for service in self.services { table.add([service.name, "\(service.methods.count)", service.description]) }
        return table.rendered(style: style)
    }
}

/// A service's methods.
struct MethodListOutput: Encodable {
    struct Method: Encodable {
        let name: String
        let kind: String
        let request: String
        let response: String
        /// Empty when the contract says nothing of roles.
        let requiredRole: String
        let isIdempotent: Bool
        let defaultTimeoutSeconds: Double?
        let description: String
    }

    let service: String
    let methods: [Method]

    init(_ service: ServiceDescriptor, pool: DescriptorPool) {
        self.service = service.fullName
        self.methods = service.methods.map { method in
            let policy = MethodPolicy(method)
            return Method(
                name: method.name,
                kind: Self.kind(method),
                request: method.input,
                response: method.output,
                requiredRole: policy.requiredRole ?? "",
                isIdempotent: policy.isIdempotent,
                defaultTimeoutSeconds: policy.defaultTimeout.map { $0 / .seconds(1) },
                description: ServiceListOutput.sentence(pool, service.file, method.place)
            )
        }
    }

    private static func kind(_ method: RPCDescriptor) -> String {
        switch method.kind {
        case .unary: "unary"
        case .clientStreaming: "client streaming"
        case .serverStreaming: "server streaming"
        case .bidirectional: "both streaming"
        }
    }

    func table(_ style: TerminalStyle) -> DisplayText {
        var table = Table([
            .init(title: "METHOD"), .init(title: "KIND"), .init(title: "ROLE"),
            .init(title: "TIMEOUT", alignment: .right), .init(title: "WHAT IT DOES", widthMax: 80),
        ])
        for method in self.methods {
            let timeout = method.defaultTimeoutSeconds.map { "\(NumberText.fixed($0, digits: 1)) s" } ?? "none"
            table.add([method.name, method.kind, method.requiredRole, timeout, method.description])
        }
        return table.rendered(style: style)
    }
}
