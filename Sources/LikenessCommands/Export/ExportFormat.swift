internal import ArgumentParser
internal import LikenessMessages
internal import LikenessReflection

/// What profiles are exported as, one a line.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
    /// The service's own messages by protobuf's JSON mapping: nothing is lost.
    case jsonl
    /// What other programs read too.
    case jsonResume = "json-resume"
}

/// Makes lines of profiles.
struct ExportLines {
    private let format: ExportFormat
    private let transcoder: JSONTranscoder
    private let type: MessageDescriptor

    init(_ format: ExportFormat) throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        guard let type = pool.message(Profile.fullName) else {
            throw CommandFailure("the contract has no profiles", exitCode: 1)
        }
        (self.format, self.type, self.transcoder) = (format, type, JSONTranscoder(pool: pool))
    }

    func line(_ profile: Profile) throws -> String {
        switch self.format {
        case .jsonl: try self.transcoder.json(of: try profile.encodedBytes(), as: self.type).text() + "\n"
        case .jsonResume: ResumeWriter.document(profile).text() + "\n"
        }
    }
}
