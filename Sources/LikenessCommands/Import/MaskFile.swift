internal import Foundation
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// Masks in a file: JSON objects by protobuf's mapping, one after the other, with or without `{"mask": …}` around each.
enum MaskFile {
    /// - Parameter path: `-` for standard input.
    static func read(_ path: String) throws -> [Mask] {
        let data: Data
        do {
            data = try InputFile.read(path)
        } catch {
            throw CommandFailure("\(path): \(error)", exitCode: 1)
        }
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        guard let type = pool.message(Mask.fullName) else { return [] }
        var splitter = JSONValueSplitter()
        var values = splitter.received(data)
        if let last = splitter.ended() { values.append(last) }
        guard !values.isEmpty else { throw CommandFailure("\(path): holds no mask", exitCode: 1) }
        let masks = try values.enumerated().map { index, value in
            do {
                var text = value.text
                let node = try JSONParser.parse(text, from: value.start)
                if let kind = DocumentKind.ofOtherThanMask(node) { throw CommandFailure(kind.advice, exitCode: 1) }
                // As `mask get --output json` prints it.
                if case .object(let members) = node, members.count == 1,
                    members[0].name == "mask"
                {
                    text = Array(members[0].value.text().utf8)
                }
                return try Mask(decoding: try JSONTranscoder(pool: pool).bytes(ofJSON: text, as: type))
            } catch {
                throw CommandFailure("\(path): mask \(index + 1): \(error)", exitCode: 1)
            }
        }
        // Before any is sent: nothing is stored of a file that cannot be stored whole.
        var places: [String: Int] = [:]
        for (index, mask) in masks.enumerated() {
            let place = Self.place(index, mask)
            if let fault = mask.violations().first {
                throw CommandFailure("\(path): \(place): \(fault.field) \(fault.message)", exitCode: 1)
            }
            if let first = places.updateValue(index, forKey: mask.name) {
                throw CommandFailure("\(path): \(place) has the name of mask \(first + 1)", exitCode: 1)
            }
        }
        return masks
    }

    /// How messages name one of a file's masks.
    static func place(_ index: Int, _ mask: Mask) -> String { "mask \(index + 1) \"\(mask.name)\"" }
}
