/// Emits what a server implements and a client calls.
struct ServiceEmitter {
    static func emit(_ service: Schema.Service, _ options: GeneratorOptions) -> String {
        var source = SourceText(options)
        Self.emitMethods(service, into: &source)
        Self.emitProvider(service, into: &source)
        Self.emitClient(service, into: &source)
        return source.text
    }

    private static func emitMethods(_ service: Schema.Service, into source: inout SourceText) {
        source.line()
        source.comment("The methods of `\(service.fullName)`.")
        source.block("public enum \(service.name)Methods") { source in
            for method in service.methods {
                source.comment(method.comment)
                source.line("public static let \(Naming.swiftMethod(method.name)) = \(Self.descriptorType(method))(")
                source.indented { source in
                    source.line("MethodInfo(")
                    source.indented { source in
                        source.line(
                            "service: \"\(service.fullName)\", name: \"\(method.name)\", kind: .\(Self.kind(method)),"
                        )
                        source.line("requiredRole: .\(method.requiredRole), isIdempotent: \(method.isIdempotent),")
                        let timeout = method.defaultTimeoutMilliseconds
                        let timeoutText = timeout == 0 ? "nil" : ".milliseconds(\(timeout))"
                        let audit = method.isAudited ? ", isAudited: true" : ""
                        let open = method.isOpenToMonitor ? ", isOpenToMonitor: true" : ""
                        source.line(
                            "hasNoSideEffects: \(method.hasNoSideEffects), defaultTimeout: \(timeoutText)\(audit)\(open)))"
                        )
                    }
                }
            }
            source.line()
            source.comment("All of them, in the order of the contract.")
            source.line("public static let all: [MethodInfo] = [")
            source.indented { source in
                for method in service.methods { source.line("\(Naming.swiftMethod(method.name)).info,") }
            }
            source.line("]")
        }
    }

    private static func emitProvider(_ service: Schema.Service, into source: inout SourceText) {
        source.line()
        source.comment(service.comment)
        source.block("public protocol \(service.name)Provider<Context>: Sendable") { source in
            source.line("associatedtype Context: Sendable")
            for method in service.methods {
                source.line()
                source.comment(method.comment)
                source.line(Self.handler(method))
            }
        }
        source.line()
        source.block("extension \(service.name)Provider") { source in
            source.comment("Makes this provider answer the methods of the service.")
            source.block("public func register<Registrar: MethodRegistrar<Context>>(in registrar: inout Registrar)") {
                source in
                for method in service.methods {
                    let name = Naming.swiftMethod(method.name)
                    let arguments =
                        switch (method.clientStreams, method.serverStreams) {
                        case (false, false): ("request, context", "request, context: context")
                        case (true, false): ("requests, context", "requests, context: context")
                        case (false, true): ("request, responses, context", "request, responses, context: context")
                        case (true, true): ("requests, responses, context", "requests, responses, context: context")
                        }
                    source.block("registrar.\(Self.kind(method))(\(service.name)Methods.\(name))") { source in
                        source.line("\(arguments.0) in")
                        source.line("try await self.\(name)(\(arguments.1))")
                    }
                }
            }
        }
    }

    private static func emitClient(_ service: Schema.Service, into source: inout SourceText) {
        source.line()
        source.comment(service.comment)
        source.block("public struct \(service.name)Client<Caller: MethodCaller>: Sendable") { source in
            source.line("private let caller: Caller")
            source.line()
            source.line("public init(caller: Caller) { self.caller = caller }")
            for method in service.methods {
                source.line()
                source.comment(method.comment)
                Self.emitCall(method, "\(service.name)Methods.\(Naming.swiftMethod(method.name))", into: &source)
            }
        }
    }

    private static func emitCall(_ method: Schema.Method, _ descriptor: String, into source: inout SourceText) {
        let name = Naming.swiftMethod(method.name)
        let (input, output) = (method.input.swift, method.output.swift)
        switch (method.clientStreams, method.serverStreams) {
        case (false, false):
            source.block("public func \(name)(_ request: \(input), options: Caller.Options) async throws -> \(output)")
            {
                $0.line("try await self.caller.unary(\(descriptor), request, options: options)")
            }
        case (true, false):
            source.line("public func \(name)(")
            source.indented {
                $0.line(
                    "options: Caller.Options, _ requests: @Sendable (any MessageWriter<\(input)>) async throws -> Void"
                )
            }
            source.block(") async throws -> \(output)") {
                $0.line("try await self.caller.clientStreaming(\(descriptor), options: options, requests)")
            }
        case (false, true):
            source.line("public func \(name)<Result: Sendable>(")
            source.indented {
                $0.line("_ request: \(input), options: Caller.Options,")
                $0.line("_ responses: @Sendable (any MessageReader<\(output)>) async throws -> Result")
            }
            source.block(") async throws -> Result") {
                $0.line("try await self.caller.serverStreaming(\(descriptor), request, options: options, responses)")
            }
        case (true, true):
            source.line("public func \(name)<Result: Sendable>(")
            source.indented {
                $0.line("options: Caller.Options,")
                $0.line(
                    "_ body: @Sendable (any MessageWriter<\(input)>, any MessageReader<\(output)>) async throws -> Result"
                )
            }
            source.block(") async throws -> Result") {
                $0.line("try await self.caller.bidirectional(\(descriptor), options: options, body)")
            }
        }
    }

    private static func handler(_ method: Schema.Method) -> String {
        let name = Naming.swiftMethod(method.name)
        let (input, output) = (method.input.swift, method.output.swift)
        return switch (method.clientStreams, method.serverStreams) {
        case (false, false): "func \(name)(_ request: \(input), context: Context) async throws -> \(output)"
        case (true, false):
            "func \(name)(_ requests: any MessageReader<\(input)>, context: Context) async throws -> \(output)"
        case (false, true):
            "func \(name)(_ request: \(input), _ responses: any MessageWriter<\(output)>, context: Context) async throws"
        case (true, true):
            "func \(name)(_ requests: any MessageReader<\(input)>, _ responses: any MessageWriter<\(output)>, context: Context) async throws"
        }
    }

    private static func kind(_ method: Schema.Method) -> String {
        switch (method.clientStreams, method.serverStreams) {
        case (false, false): "unary"
        case (true, false): "clientStreaming"
        case (false, true): "serverStreaming"
        case (true, true): "bidirectional"
        }
    }

    private static func descriptorType(_ method: Schema.Method) -> String {
        "MethodDescriptor<\(method.input.swift), \(method.output.swift)>"
    }
}
