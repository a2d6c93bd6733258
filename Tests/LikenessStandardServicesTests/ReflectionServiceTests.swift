import LikenessMessages
import LikenessRPC
import LikenessReflection
import LikenessWire
import Testing

@testable import LikenessStandardServices

@Suite struct ReflectionServiceTests {
    private let pool: DescriptorPool
    private let service: ReflectionService

    init() throws {
        self.pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        self.service = ReflectionService(pool: self.pool, methods: Contract.methods.map(\.fullName))
    }

    @Test func `a part of the contract holds what it imports, each file after its imports`() throws {
        let set = try self.service.fileDescriptorSet(of: ["likeness.v1.SearchService/Query"])
        let part = try DescriptorPool(fileDescriptorSets: [set])
        #expect(part.service("likeness.v1.SearchService")?.method(named: "Query")?.input == "likeness.v1.QueryRequest")
        #expect(part.message("likeness.v1.Profile") != nil)
        #expect(part.message("google.protobuf.MethodOptions") != nil)
        #expect(part.service("likeness.v1.AdminService") == nil)
        var seen: Set<String> = []
        for file in part.files {
            #expect(Set(file.imports).isSubset(of: seen), "\(file.path)")
            seen.insert(file.path)
        }
        #expect(part.files.count < self.pool.files.count)
    }

    @Test func `the whole contract comes with comments`() throws {
        let all = try DescriptorPool(fileDescriptorSets: [try self.service.fileDescriptorSet(of: [])])
        #expect(all.symbols == self.pool.symbols)
        #expect(Set(Contract.messages.map { $0.fullName }).isSubset(of: all.symbols))
        for service in all.allServices {
            let file = try #require(all.file(service.file))
            #expect(file.comment(at: service.place)?.isEmpty == false, "\(service.fullName)")
            for method in service.methods {
                #expect(file.comment(at: method.place)?.isEmpty == false, "\(method.fullName)")
            }
        }
    }

    @Test(arguments: ["likeness.v1.Nothing", "likeness.v1.SearchService/Nothing", "", "likeness.v1"])
    func `an unknown symbol is NOT_FOUND`(_ symbol: String) throws {
        let error = #expect(throws: RPCError.self) { try self.service.fileDescriptorSet(of: [symbol]) }
        #expect(error?.code == .notFound)
    }
}
