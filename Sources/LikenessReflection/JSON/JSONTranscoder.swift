/// How messages are printed as JSON.
package struct JSONOptions: Sendable {
    /// `page_size` instead of `pageSize`.
    package var usesOriginalNames = false
    /// Prints also what is empty or zero.
    package var printsDefaults = false

    package init() {}
}

/// Between JSON and protobuf's binary form, by descriptor.
package struct JSONTranscoder: Sendable {
    private let pool: DescriptorPool
    private let options: JSONOptions

    package init(pool: DescriptorPool, options: JSONOptions = JSONOptions()) {
        self.pool = pool
        self.options = options
    }

    /// - Parameter start: As of `JSONParser.parse`.
    /// - Throws: `TranscodingError` with the path of the first thing that is wrong.
    package func bytes(
        ofJSON text: [UInt8],
        from start: JSONPlace = .start,
        as type: MessageDescriptor
    ) throws(TranscodingError) -> [UInt8] {
        try self.bytes(of: try JSONParser.parse(text, from: start), as: type)
    }

    /// The same of what was parsed.
    package func bytes(of node: JSONNode, as type: MessageDescriptor) throws(TranscodingError) -> [UInt8] {
        DynamicEncoder(pool: self.pool).encode(try JSONReader(pool: self.pool).message(node, as: type))
    }

    /// - Throws: `TranscodingError` for bytes that are not the message, and for values that JSON cannot express.
    package func json(of bytes: [UInt8], as type: MessageDescriptor) throws(TranscodingError) -> JSONNode {
        let message = try DynamicDecoder(pool: self.pool).decode(bytes[...], as: type)
        return try JSONPrinter(pool: self.pool, options: self.options).node(of: message)
    }
}
