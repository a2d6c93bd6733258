/// Everything that a set of `.proto` files declares, by full name.
package final class DescriptorPool: Sendable {
    /// Each after those it imports.
    package let files: [FileDescriptor]
    private let messages: [String: MessageDescriptor]
    private let enums: [String: EnumDescriptor]
    private let services: [String: ServiceDescriptor]
    /// By the message that they extend.
    private let extensions: [String: [FieldDescriptor]]
    /// Path of the file that declares a name.
    private let homes: [String: String]

    /// - Parameter sets: Encoded `google.protobuf.FileDescriptorSet`s. Of a file that comes twice, the first counts.
    package init(fileDescriptorSets sets: [[UInt8]]) throws(TranscodingError) {
        var files: [FileDescriptor] = []
        var paths: Set<String> = []
        for set in sets {
            for bytes in try EncodedFields(set[...]).all(1) {
                let file = try FileDescriptorReader.read(bytes)
                if paths.insert(file.path).inserted { files.append(file) }
            }
        }
        self.files = Self.ordered(files)
        var index = Index()
        for file in files { index.add(file) }
        self.messages = index.messages
        self.enums = index.enums
        self.services = index.services
        self.extensions = index.extensions
        self.homes = index.homes
    }

    package func message(_ fullName: String) -> MessageDescriptor? { self.messages[fullName] }

    package func enumeration(_ fullName: String) -> EnumDescriptor? { self.enums[fullName] }

    package func service(_ fullName: String) -> ServiceDescriptor? { self.services[fullName] }

    /// By name.
    package var allServices: [ServiceDescriptor] { self.services.values.sorted { $0.fullName < $1.fullName } }

    /// Full names of messages, enums and services.
    package var symbols: [String] { self.homes.keys.sorted() }

    package func file(_ path: String) -> FileDescriptor? { self.files.first { $0.path == path } }

    /// Path of the file that declares a message, an enum, a service or (`Service/Method`) a method.
    package func home(of symbol: String) -> String? {
        let parts = symbol.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return self.homes[symbol] }
        return self.services[parts[0]]?.method(named: parts[1]) == nil ? nil : self.homes[parts[0]]
    }

    func fieldExtension(of message: String, _ number: UInt32) -> FieldDescriptor? {
        self.extensions[message]?.first { $0.number == number }
    }

    func fieldExtension(of message: String, named name: String) -> FieldDescriptor? {
        self.extensions[message]?.first { $0.fullName == name }
    }

    /// The files with these paths and all that they import, as an encoded `google.protobuf.FileDescriptorSet`.
    package func encodedFileDescriptorSet(of paths: Set<String>) -> [UInt8] {
        var wanted = paths
        // Imports come before: going backwards meets every importer first.
        for file in self.files.reversed() where wanted.contains(file.path) { wanted.formUnion(file.imports) }
        var writer = ProtobufWriter()
        for file in self.files where wanted.contains(file.path) {
            writer.writeTag(1, 2)
            writer.writeLengthDelimited(file.encoded)
        }
        return writer.bytes
    }

    private static func ordered(_ files: [FileDescriptor]) -> [FileDescriptor] {
        let byPath = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var ordered: [FileDescriptor] = []
        var visited: Set<String> = []
        // A stack of our own: the depth of imports is the peer's choice. The flag says that the imports have been visited.
        var stack = files.reversed().map { ($0.path, false) }
        while let (path, isReady) = stack.popLast() {
            guard let file = byPath[path] else { continue }
            if isReady {
                ordered.append(file)
            } else if visited.insert(path).inserted {
                stack.append((path, true))
                stack += file.imports.reversed().map { ($0, false) }
            }
        }
        return ordered
    }

    private struct Index {
        var messages: [String: MessageDescriptor] = [:]
        var enums: [String: EnumDescriptor] = [:]
        var services: [String: ServiceDescriptor] = [:]
        var extensions: [String: [FieldDescriptor]] = [:]
        var homes: [String: String] = [:]

        mutating func add(_ file: FileDescriptor) {
            for message in file.messages { self.add(message) }
            for item in file.enums { self.add(item) }
            for item in file.extensions { self.extensions[item.extendee, default: []].append(item.field) }
            for service in file.services {
                self.services[service.fullName] = service
                self.homes[service.fullName] = file.path
            }
        }

        private mutating func add(_ message: MessageDescriptor) {
            self.messages[message.fullName] = message
            if !message.isMapEntry { self.homes[message.fullName] = message.file }
            for nested in message.messages { self.add(nested) }
            for item in message.enums { self.add(item) }
            for item in message.extensions { self.extensions[item.extendee, default: []].append(item.field) }
        }

        private mutating func add(_ item: EnumDescriptor) {
            self.enums[item.fullName] = item
            self.homes[item.fullName] = item.file
        }
    }
}
