/// One `.proto` file.
package struct FileDescriptor: Sendable {
    package let path: String
    package let package: String
    /// Paths of the files it imports.
    package let imports: [String]
    package let isProto3: Bool
    package let messages: [MessageDescriptor]
    package let enums: [EnumDescriptor]
    package let services: [ServiceDescriptor]
    package let extensions: [(extendee: String, field: FieldDescriptor)]
    /// The encoded `google.protobuf.FileDescriptorProto`.
    package let encoded: ArraySlice<UInt8>
    let comments: [[Int32]: String]

    /// The comment before a declaration, or else behind it, line by line without the marks.
    package func comment(at place: [Int32]) -> String? { self.comments[place] }
}

package final class MessageDescriptor: Sendable {
    package let name: String
    /// `likeness.v1.Query`.
    package let fullName: String
    /// Path of its file.
    package let file: String
    /// In the order of the file.
    package let fields: [FieldDescriptor]
    package let oneofs: [Oneof]
    package let messages: [MessageDescriptor]
    package let enums: [EnumDescriptor]
    package let extensions: [(extendee: String, field: FieldDescriptor)]
    package let isMapEntry: Bool
    package let options: ArraySlice<UInt8>
    package let place: [Int32]
    let validatesUTF8: Bool
    private let byNumber: [UInt32: Int]
    private let byName: [String: Int]

    package struct Oneof: Sendable {
        package let name: String
        package let place: [Int32]
    }

    init(
        name: String,
        fullName: String,
        file: String,
        fields: [FieldDescriptor],
        oneofs: [Oneof],
        messages: [MessageDescriptor],
        enums: [EnumDescriptor],
        extensions: [(extendee: String, field: FieldDescriptor)],
        isMapEntry: Bool,
        isProto3: Bool,
        options: ArraySlice<UInt8>,
        place: [Int32]
    ) {
        self.name = name
        self.fullName = fullName
        self.file = file
        self.fields = fields
        self.oneofs = oneofs
        self.messages = messages
        self.enums = enums
        self.extensions = extensions
        self.isMapEntry = isMapEntry
        self.validatesUTF8 = isProto3
        self.options = options
        self.place = place
        let indices = fields.indices
        self.byNumber = Dictionary(indices.map { (fields[$0].number, $0) }, uniquingKeysWith: { first, _ in first })
        // The JSON name wins where it is another field's original name.
        self.byName = Dictionary(
            indices.map { (fields[$0].jsonName, $0) } + indices.map { (fields[$0].name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    package func field(_ number: UInt32) -> FieldDescriptor? { self.byNumber[number].map { self.fields[$0] } }

    /// By its name in JSON or its original name.
    package func field(named name: String) -> FieldDescriptor? { self.byName[name].map { self.fields[$0] } }
}

package struct EnumDescriptor: Sendable {
    package struct Value: Sendable {
        package let name: String
        package let number: Int32
        package let options: ArraySlice<UInt8>
        package let place: [Int32]
    }

    package let name: String
    package let fullName: String
    package let file: String
    package let values: [Value]
    /// Whether it knows its own values only, as in proto2.
    package let isClosed: Bool
    package let options: ArraySlice<UInt8>
    package let place: [Int32]

    /// The first name of a number.
    package func name(of number: Int32) -> String? { self.values.first { $0.number == number }?.name }

    package func number(of name: String) -> Int32? { self.values.first { $0.name == name }?.number }
}

package struct ServiceDescriptor: Sendable {
    package let name: String
    package let fullName: String
    package let file: String
    /// In the order of the file.
    package let methods: [RPCDescriptor]
    package let options: ArraySlice<UInt8>
    package let place: [Int32]

    package func method(named name: String) -> RPCDescriptor? { self.methods.first { $0.name == name } }
}

/// One method of a service.
package struct RPCDescriptor: Sendable {
    /// `likeness.v1.SearchService`.
    package let service: String
    package let name: String
    /// Full names of messages.
    package let input: String
    package let output: String
    package let clientStreams: Bool
    package let serverStreams: Bool
    /// An encoded `google.protobuf.MethodOptions`.
    package let options: ArraySlice<UInt8>
    package let place: [Int32]

    /// `likeness.v1.SearchService/Query`, as it travels.
    package var fullName: String { "\(self.service)/\(self.name)" }
}
