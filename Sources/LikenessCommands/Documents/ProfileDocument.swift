internal import Foundation
internal import LikenessMessages
internal import LikenessReflection

/// A profile as the service has it, by protobuf's JSON mapping: a line of an export, or what `profile get --output json` prints. What it
/// says is taken as it is.
enum ProfileDocument {
    /// - Returns: `nil` for what is none.
    /// - Throws: `.noProfile` for one that cannot be decoded.
    static func read(_ node: JSONNode) throws(JSONResumeError) -> ReadResume? {
        guard case .object(let members) = node, let pool = Self.pool, let type = pool.message(Profile.fullName) else {
            return nil
        }
        if members.count == 1, members[0].name == "profile" { return try self.read(members[0].value) }
        guard Self.isProfile(members, type) else { return nil }
        var profile: Profile
        do {
            profile = try Profile(decoding: try JSONTranscoder(pool: pool).bytes(of: node, as: type))
        } catch {
            throw .noProfile("\(error)")
        }
        guard profile.deleteTime == nil else { throw .deletedProfile }
        // What a store gives whole has all of these, and a mask shows no revision and no time of the last change.
        let isWhole = profile.updateTime != nil && !profile.attributesJson.isEmpty
        let revision = isWhole ? profile.revision : 0
        (profile.revision, profile.createTime, profile.updateTime) = (0, nil, nil)
        return ReadResume(
            profile: profile,
            identity: PersonIdentity(.id, profile.id),
            warnings: [],
            attributesMember: DocumentOrigin.jsonResumeMember,
            exported: ExportedProfile(revision: revision)
        )
    }

    /// Whether members are those of a profile that was stored: it has an id of our form, a name and a time. The members that it may have
    /// besides are ours too, but for those of a later release, beside one whose name no other program has.
    private static func isProfile(_ members: [JSONNode.Member], _ type: MessageDescriptor) -> Bool {
        var texts: [String: String] = [:]
        var isOurs = true
        for member in members {
            guard let field = type.field(named: member.name) else {
                isOurs = false
                continue
            }
            if case .string(let text) = member.value { texts[field.name] = text }
        }
        return UUID(uuidString: texts["id"] ?? "") != nil && texts["display_name"] != nil && texts["create_time"] != nil
            && (isOurs || texts["attributes_json"] != nil)
    }

    private static let pool = try? DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
}

/// What is known of a profile that was exported.
struct ExportedProfile: Sendable {
    /// That it had; 0 where some of it may be missing: through a mask, or by a `read_mask`.
    let revision: Int64

    /// The document's profile as the next revision of a stored one.
    func replacing(_ stored: Profile, with document: Profile) -> (profile: Profile, warnings: [ResumeWarning]) {
        var profile = document
        var warnings: [ResumeWarning] = []
        if profile.id != stored.id {
            warnings.append(.init(path: "id", message: "the stored person has the id \(stored.id), and keeps it"))
            profile.id = stored.id
        }
        if profile.slug != stored.slug {
            warnings.append(.init(path: "slug", message: "the stored person has the slug \(stored.slug), and keeps it"))
            profile.slug = stored.slug
        }
        var current = stored
        (current.revision, current.deleteTime) = (0, nil)
        if stored.revision > self.revision, profile != current {
            let message = "replaces revision \(stored.revision), where revision \(self.revision) was exported"
            warnings.append(.init(path: "revision", message: message))
        }
        return (profile, warnings)
    }
}
