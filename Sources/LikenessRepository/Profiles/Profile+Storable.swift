internal import LikenessMessages
internal import LikenessPostgres

/// What is stored can be read: the bounds that hold for what the store makes of a profile, before it is written.
extension Profile {
    /// - Throws: `.invalidField` for attributes beyond the contract's bounds, and for a profile that would be larger than the
    ///   contract has it, counted with ids, times and a revision at their largest and the attributes written out.
    func requireStorable() throws(RepositoryError) {
        _ = try JSONB(attributes: self.attributesJson)
        var stored = self
        let longest = ProtobufTimestamp(seconds: 253_402_300_799, nanos: 999_999_999)
        (stored.createTime, stored.updateTime, stored.deleteTime) = (longest, longest, longest)
        stored.revision = .max
        let growth = max(0, JSONBounds.writtenBytes(of: self.attributesJson) - self.attributesJson.utf8.count)
        let most = Self.encodedBytesMax
        do {
            guard try stored.encodedByteCount(max: most) + growth > most else { return }
        } catch MessageEncodingError.nulInText {
            throw .invalidField(path: "", reason: "a text holds a NUL character")
        } catch MessageEncodingError.outOfMemory {
            throw .exhausted
        } catch {
            // Too large.
        }
        throw .invalidField(path: "", reason: "the profile is larger than \(most) bytes as it would be stored")
    }
}

extension JSONB {
    /// The attributes of a profile; `{}` when there are none.
    ///
    /// - Throws: `.invalidField` for what PostgreSQL would make too large or cannot read back.
    init(attributes text: String) throws(RepositoryError) {
        if let violation = Profile(attributesJson: text).violations().first {
            throw .invalidField(path: violation.field, reason: violation.message)
        }
        self.init(text.isEmpty ? "{}" : text)
    }
}
