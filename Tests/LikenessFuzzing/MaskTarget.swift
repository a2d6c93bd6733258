internal import LikenessCommands
internal import LikenessMessages
internal import LikenessReflection

extension FuzzTarget {
    /// A file for `likeness mask import`: masks, or what is wrong. What is read can be sent, and reads the same when it is written as
    /// `likeness mask get --output json` writes it.
    static let masks = FuzzTarget(name: "masks") { bytes in
        let masks: [Mask]
        do throws(MaskDocuments.Fault) {
            masks = try MaskDocuments.masks(in: bytes)
        } catch {
            precondition(!error.description.isEmpty, "a fault without a reason")
            return
        }
        precondition(!masks.isEmpty, "a file of no masks")
        for mask in masks { precondition(mask.violations().isEmpty, "breaks a rule: \(mask.violations())") }
        guard let encoded = try? masks.map({ try $0.encodedBytes() }) else {
            preconditionFailure("cannot be sent: \(masks)")
        }
        var text: [UInt8] = []
        for mask in encoded {
            guard let pool, let type = pool.message(Mask.fullName),
                let node = try? JSONTranscoder(pool: pool).json(of: mask, as: type)
            else { preconditionFailure("what was read cannot be written: \(masks)") }
            text += Array(node.text().utf8)
        }
        guard let again = try? MaskDocuments.masks(in: text) else {
            preconditionFailure("what was written cannot be read: \(String(decoding: text, as: UTF8.self))")
        }
        precondition(
            (try? again.map { try $0.encodedBytes() }) == encoded,
            "what was written reads otherwise: \(masks)"
        )
    }

    private static let pool = try? DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
}
