import LikenessMessages
import LikenessReflection
import Testing

@Suite struct SymbolResolverTests {
    private let resolver: SymbolResolver

    init() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        self.resolver = SymbolResolver(pool: pool, services: pool.allServices.map(\.fullName))
    }

    @Test(arguments: [
        "likeness.v1.SearchService/Query", "SearchService/Query", "v1.SearchService/Query", "searchservice/query",
        "SearchService.Query", "likeness.v1.SearchService.Query",
    ])
    func `a method goes by any name that is clear`(_ name: String) throws {
        #expect(try self.resolver.method(name).1.fullName == "likeness.v1.SearchService/Query")
    }

    @Test(arguments: [
        ("likeness.v1.Profile", "likeness.v1.Profile"), ("Profile", "likeness.v1.Profile"),
        ("Timestamp", "google.protobuf.Timestamp"), ("rpc.v1.Status", "likeness.rpc.v1.Status"),
    ])
    func `a message goes by its last names`(_ name: String, _ full: String) throws {
        guard case .message(let message) = try self.resolver.symbol(name) else {
            Issue.record("\(name) is no message")
            return
        }
        #expect(message.fullName == full)
    }

    @Test func `services, methods and enums are found too`() throws {
        guard case .service(let service) = try self.resolver.symbol("AdminService"),
            case .method(_, let method) = try self.resolver.symbol("AdminService.GetHealth"),
            case .enumeration(let item) = try self.resolver.symbol("ServingStatus")
        else {
            Issue.record("not what it is")
            return
        }
        #expect(service.fullName == "likeness.v1.AdminService" && method.name == "GetHealth")
        #expect(item.fullName == "likeness.rpc.v1.ServingStatus")
    }

    @Test(arguments: [
        ("SerchService/Query", "the server has no service SerchService; did you mean likeness.v1.SearchService?"),
        ("Search/Query", "the server has no service Search; did you mean likeness.v1.SearchService?"),
        ("SearchService/Qery", "likeness.v1.SearchService has no method Qery; did you mean Query?"),
        ("HealthService/Xyzzy", "likeness.rpc.v1.HealthService has no method Xyzzy; it has Check, Watch"),
        ("Plugh", "Plugh is not SERVICE/METHOD; see `likeness list`"),
        ("Plugh/Xyzzy", "the server has no service Plugh; see `likeness list`"),
    ])
    func `a name that is not there gets a hint`(_ name: String, _ text: String) {
        let failure = #expect(throws: SymbolResolver.Failure.self) { try self.resolver.method(name) }
        #expect(failure?.description == text)
    }

    @Test func `a name for two things is refused with both`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let resolver = SymbolResolver(pool: pool, services: pool.allServices.map(\.fullName))
        let twins = pool.symbols.filter { $0.hasSuffix(".Type") || $0.hasSuffix(".Label") || $0.hasSuffix(".Location") }
        #expect(!twins.isEmpty)
        let short = Dictionary(grouping: pool.symbols) { $0.split(separator: ".").last.map(String.init) ?? "" }
        for (name, full) in short where full.count > 1 {
            let failure = #expect(throws: SymbolResolver.Failure.self) { try resolver.symbol(name) }
            #expect(failure?.description.contains("write more of the name") == true, "\(full)")
        }
    }
}
