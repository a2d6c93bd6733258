package import LikenessMessages
internal import LikenessReflection

/// Masks in a text: JSON objects by protobuf's mapping, one after the other, with or without `{"mask": …}` around each.
package enum MaskDocuments {
    /// What keeps a text from being masks, without the name of its file.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Returns: Masks that break no rule of the contract, each with a name of its own; at least one.
    package static func masks(in text: some Sequence<UInt8>) throws(Fault) -> [Mask] {
        var splitter = JSONValueSplitter()
        var values = splitter.received(text)
        if let last = splitter.ended() { values.append(last) }
        guard !values.isEmpty else { throw Fault(description: "holds no mask") }
        var masks: [Mask] = []
        for (index, value) in values.enumerated() {
            do {
                masks.append(try Self.mask(value))
            } catch {
                throw Fault(description: "mask \(index + 1): \(error)")
            }
        }
        var places: [String: Int] = [:]
        for (index, mask) in masks.enumerated() {
            let place = Self.place(index, mask)
            if let fault = mask.violations().first {
                throw Fault(description: "\(place): \(fault.field) \(fault.message)")
            }
            if let first = places.updateValue(index, forKey: mask.name) {
                throw Fault(description: "\(place) has the name of mask \(first + 1)")
            }
        }
        return masks
    }

    /// How messages name one of several masks.
    static func place(_ index: Int, _ mask: Mask) -> String { "mask \(index + 1) \"\(mask.name)\"" }

    private static func mask(_ value: JSONValueSplitter.Value) throws -> Mask {
        let pool = try Self.pool.get()
        guard let type = pool.message(Mask.fullName) else { throw Fault(description: "the contract has no masks") }
        var text = value.text
        let node = try JSONParser.parse(text, from: value.start)
        if let kind = DocumentKind.ofOtherThanMask(node) { throw Fault(description: kind.advice) }
        // As `mask get --output json` prints it.
        if case .object(let members) = node, members.count == 1, members[0].name == "mask" {
            text = Array(members[0].value.text().utf8)
        }
        return try Mask(decoding: try JSONTranscoder(pool: pool).bytes(ofJSON: text, as: type))
    }

    private static let pool = Result { try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet]) }
}
