internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// What comes with the end of a call beside its answer, one line each.
struct CallDetails {
    let pool: DescriptorPool

    static func lines(trailers: [(key: String, value: [UInt8])]) -> [DisplayText] {
        trailers.map { "trailer \(MetadataArgument.text($0))" }
    }

    /// The trailers and details of a failure; those of unknown types in base 64.
    func lines(of error: LikenessError) -> [DisplayText] {
        Self.lines(trailers: error.trailers) + error.details.map { "\($0.type) \(self.json(of: $0))" }
    }

    private func json(of detail: RPCStatusDetail) -> DisplayText {
        guard let type = self.pool.message(detail.type),
            let json = try? JSONTranscoder(pool: self.pool, options: JSONOptions()).json(of: detail.value, as: type)
        else { return "\(Base64.encode(detail.value))" }
        return DisplayText(json: json.text())
    }
}
