internal import LikenessClient
internal import LikenessMessages
internal import LikenessReflection

/// What comes with the end of a call beside its answer, one line each.
struct CallDetails {
    let pool: DescriptorPool

    static func lines(trailers: [(key: String, value: [UInt8])]) -> [String] {
        trailers.map { "trailer \(TerminalText.printable(MetadataArgument.text($0)))" }
    }

    /// The trailers and details of a failure; those of unknown types in base 64.
    func lines(of error: LikenessError) -> [String] {
        Self.lines(trailers: error.trailers) + error.details.map { "\($0.type) \(self.json(of: $0))" }
    }

    private func json(of detail: RPCStatusDetail) -> String {
        guard let type = self.pool.message(detail.type),
            let json = try? JSONTranscoder(pool: self.pool, options: JSONOptions()).json(of: detail.value, as: type)
        else { return Base64.encode(detail.value) }
        return json.text()
    }
}
