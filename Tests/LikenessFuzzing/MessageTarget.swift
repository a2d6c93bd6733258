internal import LikenessMessages

extension FuzzTarget {
    /// Messages in protobuf's binary form: scan, unpack, check, pack. First byte: which message; then its bytes.
    static let messages = FuzzTarget(name: "messages") { bytes in
        var input = FuzzInput(bytes)
        let types: [any Message.Type] = [
            QueryRequest.self, QueryResponse.self, QueryBatchRequest.self, CreateProfileRequest.self,
            UpdateProfileRequest.self, BatchUpsertProfilesRequest.self, ListProfilesRequest.self, Operation.self,
            RPCErrorInfo.self, Profile.self,
        ]
        let type = types[Int(input.byte()) % types.count]
        Self.decodeAndEncodeAgain(type, input.rest())
    }

    private static func decodeAndEncodeAgain<Decoded: Message>(_ type: Decoded.Type, _ bytes: UnsafeRawBufferPointer) {
        guard let message = try? Decoded(decoding: bytes, limits: .default) else { return }
        precondition(message.violations().count <= Violations.countMax)
        guard let encoded = try? message.encodedBytes() else {
            preconditionFailure("what was read cannot be written: \(message)")
        }
        // What was written may be shorter than what was read, and so may the memory that it is allowed by default.
        guard let again = try? Decoded(decoding: encoded, limits: DecodingLimits(memoryBytesBase: 1 << 20)) else {
            preconditionFailure("what was written cannot be read: \(message)")
        }
        // NaN is not equal to itself, so the bytes are compared.
        precondition((try? again.encodedBytes()) == encoded, "what was written reads otherwise: \(message)")
    }
}
