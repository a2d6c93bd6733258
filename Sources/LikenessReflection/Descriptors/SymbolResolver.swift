/// Finds what someone means who names a service, method, message or enum, in full or in short.
package struct SymbolResolver: Sendable {
    package enum Symbol: Sendable {
        case service(ServiceDescriptor)
        case method(ServiceDescriptor, RPCDescriptor)
        case message(MessageDescriptor)
        case enumeration(EnumDescriptor)
    }

    /// A name that stands for nothing, or for several things.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    private let pool: DescriptorPool
    /// Full names; those that the server really has.
    private let services: [String]

    package init(pool: DescriptorPool, services: [String]) {
        self.pool = pool
        self.services = services.filter { pool.service($0) != nil }.sorted()
    }

    /// - Parameter name: `likeness.v1.SearchService`, or the last parts of it when no other service ends so.
    package func service(_ name: String) throws(Failure) -> ServiceDescriptor {
        if let found = try self.find(name, in: self.services), let service = self.pool.service(found) { return service }
        let hint = self.suggestion(name, in: self.services)
        throw Failure(description: "the server has no service \(name)\(hint)")
    }

    /// - Parameter name: `SearchService/Query`; a dot may stand for the slash.
    package func method(_ name: String) throws(Failure) -> (ServiceDescriptor, RPCDescriptor) {
        guard let separator = name.lastIndex(of: "/") ?? name.lastIndex(of: ".") else {
            throw Failure(description: "\(name) is not SERVICE/METHOD; see `likeness list`")
        }
        let service = try self.service(String(name[..<separator]))
        let wanted = String(name[name.index(after: separator)...])
        guard let method = service.method(named: wanted) ?? self.ignoringCase(wanted, in: service) else {
            let names = service.methods.map(\.name)
            let hint = Suggestion.nearest(to: wanted, in: names).map { "; did you mean \($0)?" }
            let all = "; it has \(names.joined(separator: ", "))"
            throw Failure(description: "\(service.fullName) has no method \(wanted)\(hint ?? all)")
        }
        return (service, method)
    }

    package func symbol(_ name: String) throws(Failure) -> Symbol {
        if name.contains("/") {
            let (service, method) = try self.method(name)
            return .method(service, method)
        }
        if let found = try self.find(name, in: self.services + self.pool.symbols.filter { !self.services.contains($0) })
        {
            if let service = self.pool.service(found) { return .service(service) }
            if let message = self.pool.message(found) { return .message(message) }
            if let enumeration = self.pool.enumeration(found) { return .enumeration(enumeration) }
        }
        if name.contains("."), let (service, method) = try? self.method(name) { return .method(service, method) }
        let hint = self.suggestion(name, in: self.pool.symbols)
        throw Failure(description: "the server's contract has no \(name)\(hint)")
    }

    private func ignoringCase(_ name: String, in service: ServiceDescriptor) -> RPCDescriptor? {
        service.methods.first { $0.name.lowercased() == name.lowercased() }
    }

    /// The full name that `name` is, or ends; case counts only where it must.
    private func find(_ name: String, in candidates: [String]) throws(Failure) -> String? {
        if candidates.contains(name) { return name }
        let exact = candidates.filter { $0.hasSuffix("." + name) }
        let wanted = "." + name.lowercased()
        let found = exact.isEmpty ? candidates.filter { ("." + $0.lowercased()).hasSuffix(wanted) } : exact
        guard found.count < 2 else {
            throw Failure(description: "\(name) can be \(found.joined(separator: " or ")): write more of the name")
        }
        return found.first
    }

    private func suggestion(_ name: String, in candidates: [String]) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let begun = candidates.filter { $0.lowercased().contains("." + last.lowercased()) }
        if begun.count == 1 { return "; did you mean \(begun[0])?" }
        let short = candidates.map { ($0.split(separator: ".").last.map(String.init) ?? $0, $0) }
        guard let nearest = Suggestion.nearest(to: last, in: short.map(\.0)),
            let full = short.first(where: { $0.0 == nearest })?.1
        else { return "; see `likeness list`" }
        return "; did you mean \(full)?"
    }
}
