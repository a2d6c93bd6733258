internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// One mask, for people.
struct MaskOutput {
    let mask: Mask
    private let configuration: String

    init(mask: Mask) throws {
        self.mask = mask
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        guard let type = pool.message(MaskConfiguration.fullName) else {
            self.configuration = "{}"
            return
        }
        let bytes = try (mask.configuration ?? MaskConfiguration()).encodedBytes()
        let json = try JSONTranscoder(pool: pool).json(of: bytes, as: type)
        self.configuration = Self.withAllWeights(json).text(isIndented: true)
    }

    /// A weight of 0 leaves a kind of section out: protobuf's JSON does not print it.
    private static func withAllWeights(_ configuration: JSONNode) -> JSONNode {
        guard case .object(let members) = configuration else { return configuration }
        return .object(
            members.map { member in
                guard member.name == "weights", case .array(let weights) = member.value else { return member }
                let all = weights.map { weight in
                    guard case .object(let members) = weight, !members.contains(where: { $0.name == "weight" }) else {
                        return weight
                    }
                    return JSONNode.object(members + [.init("weight", .number("0"))])
                }
                return .init(member.name, .array(all))
            }
        )
    }

    func page(_ style: TerminalStyle) -> DisplayText {
        var lines = [style.bold("\(TerminalText.line(self.mask.name))")]
        if !self.mask.description.isEmpty { lines.append("\(TerminalText.condensed(self.mask.description))") }
        if let time = self.mask.deleteTime { lines.append(style.red("deleted \(time.rfc3339)")) }
        lines += self.configuration.split(separator: "\n").map { "\(TerminalText.line(String($0)))" }
        let updated = self.mask.updateTime?.rfc3339 ?? "?"
        lines.append(style.dim("revision \(String(self.mask.revision)), updated \(updated)"))
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A page of masks, for people.
struct MaskListOutput {
    let response: ListMasksResponse

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.masks.isEmpty else { return "No masks.\n" }
        var table = Table([
            .init(title: "NAME", widthMax: 36), .init(title: "DESCRIPTION", widthMax: 60),
            .init(title: "REVISION", alignment: .right), .init(title: "STATE"),
        ])
        for mask in self.response.masks {
            table.add([
                mask.name, mask.description, String(mask.revision), mask.deleteTime == nil ? "live" : "deleted",
            ])
        }
        let token = self.response.nextPageToken
        return table.rendered(style: style) + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }
}

/// Masks that fit, for people.
struct MaskProposalsOutput {
    let response: SelectMaskResponse

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.proposals.isEmpty else { return "No mask fits.\n" }
        var table = Table([
            .init(title: "NAME", widthMax: 36), .init(title: "DESCRIPTION", widthMax: 60),
            .init(title: "INCLUDES", widthMax: 40),
        ])
        for mask in self.response.proposals {
            table.add([mask.name, mask.description, mask.includedTags.joined(separator: ", ")])
        }
        return table.rendered(style: style) + (self.response.hasMore ? style.dim("more: --limit") + "\n" : "")
    }
}
