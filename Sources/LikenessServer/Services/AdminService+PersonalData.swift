package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

extension AdminService {
    package func exportPersonalData(
        _ request: ExportPersonalDataRequest,
        _ responses: any MessageWriter<ExportPersonalDataResponse>,
        context: ServerContext
    ) async throws {
        // The audit log names the profile by its id alone: a slug is made from a name.
        if case .id(let id)? = request.key?.key { context.setTarget(id) }
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            try await self.exportPlaces.withPlace(of: context.client) {
                let key = try ProfileService.key(request.key)
                let id = try await self.personalData.id(of: key, deadline: context.deadline)
                context.setTarget(id)
                try await self.personalData.read(id, deadline: context.deadline) { part in
                    for message in ExportPersonalDataResponse.messages(of: part) { try await responses.write(message) }
                }
            }
        }
    }
}

extension ExportPersonalDataResponse {
    /// Of a message with more than one item.
    private static let bytesWanted = 256 << 10

    static func messages(of part: PersonalDataPart) -> [Self] {
        switch part {
        case .profile(let profile): [Self(profile: profile)]
        case .revisions(let revisions): Self.packed(revisions).map { Self(revisions: $0) }
        case .rows(let rows): Self.packed(rows).map { Self(rows: $0) }
        case .totals(let totals): [Self(totals: totals)]
        }
    }

    private static func packed<Item: Message>(_ items: [Item]) -> [[Item]] {
        var (groups, bytes): ([[Item]], Int) = ([], .max)
        for item in items {
            let size = (try? item.encodedByteCount(max: Self.bytesWanted)) ?? Self.bytesWanted
            if bytes > Self.bytesWanted - size {
                groups.append([])
                bytes = 0
            }
            groups[groups.count - 1].append(item)
            bytes += size
        }
        return groups
    }
}
