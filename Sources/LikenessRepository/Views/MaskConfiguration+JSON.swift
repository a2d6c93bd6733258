internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// A mask's configuration is stored by protobuf's JSON mapping.
extension MaskConfiguration {
    private static let pool = Result { try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet]) }

    private static func transcoder() throws(RepositoryError) -> (JSONTranscoder, MessageDescriptor) {
        guard let pool = try? Self.pool.get(), let type = pool.message(Self.fullName) else {
            throw .internal(detail: "the contract has no description of \(Self.fullName)")
        }
        return (JSONTranscoder(pool: pool), type)
    }

    /// What the table holds.
    func stored() throws(RepositoryError) -> JSONB {
        let (transcoder, type) = try Self.transcoder()
        let bytes: [UInt8]
        do {
            bytes = try self.encodedBytes()
        } catch {
            throw .invalidField(path: "mask.configuration", reason: "a text holds a NUL character")
        }
        do {
            return JSONB(try transcoder.json(of: bytes, as: type).text())
        } catch {
            throw .invalidField(path: "mask.configuration", reason: "cannot be stored: \(error)")
        }
    }

    /// - Throws: `.failedPrecondition` for rules that this version does not know: a view that left one out would show more.
    init(stored text: String, mask: String) throws(RepositoryError) {
        let (transcoder, type) = try Self.transcoder()
        do {
            self = try MaskConfiguration(decoding: try transcoder.bytes(ofJSON: Array(text.utf8), as: type))
        } catch {
            throw .failedPrecondition(
                type: "MASK_UNREADABLE",
                subject: mask,
                reason: "the mask \(mask) has rules that this version of the service does not know"
            )
        }
    }
}
