internal import FoundationEssentials
internal import LikenessMessages

/// Edits of single rows of a profile, carried out one after another.
struct ProfileEdits: Sendable {
    private let edits: [ProfileEdit]

    /// - Throws: `.invalidField` and `.violations` naming `edits[i]` and its field, for what is wrong with one whatever the profile is.
    init(_ edits: [ProfileEdit]) throws(RepositoryError) {
        self.edits = edits
        for (index, edit) in edits.enumerated() {
            let path = "edits[\(index)]"
            switch edit.edit {
            case .updateExperience(let update):
                let field = "\(path).update_experience"
                try Self.check(update.experience?.id ?? "", update.updateMask, of: Experience.self, field)
            case .updateSkill(let update):
                try Self.check(update.skill?.id ?? "", update.updateMask, of: Skill.self, "\(path).update_skill")
            case .addExperience(let addition):
                try Self.require(addition.experience ?? Experience(), "\(path).add_experience.experience")
            case .addSkill(let addition):
                try Self.require(addition.skill ?? Skill(), "\(path).add_skill.skill")
            case .removeExperience, .removeSkill: continue
            case nil: throw .invalidField(path: path, reason: "says nothing that is to be done")
            }
        }
    }

    private static func check<Row: ProfileRow>(
        _ id: String,
        _ mask: ProtobufFieldMask?,
        of _: Row.Type,
        _ path: String
    ) throws(RepositoryError) {
        guard !id.isEmpty else { throw .invalidField(path: "\(path).\(Row.field).id", reason: "is required") }
        let paths = mask?.paths ?? []
        guard !paths.isEmpty else { throw .invalidField(path: "\(path).update_mask", reason: "names no field") }
        let faults = FieldMaskPaths.faults(
            paths,
            in: "\(path).update_mask",
            known: ["*"] + Row.editable.map(\.name),
            what: "names no field that can be written"
        )
        guard faults.isEmpty else { throw .violations(faults) }
    }

    private static func require<Row: ProfileRow>(_ row: Row, _ path: String) throws(RepositoryError) {
        guard !row.isBlank else { throw .invalidField(path: path, reason: "says nothing") }
    }

    /// - Parameter profile: As it is stored: every row has its id.
    /// - Returns: Of each edit the id of its row.
    /// - Throws: `.rowNotFound` for a row that the profile does not have; `.alreadyExists` for an id that one has; `.invalidField` for
    ///   more rows than a profile can have, and for a row of which nothing would be left.
    func apply(to profile: inout Profile) throws(RepositoryError) -> [String] {
        var ids: [String] = []
        for (index, edit) in self.edits.enumerated() {
            let path = "edits[\(index)]"
            switch edit.edit {
            case .addExperience(let addition):
                let row = addition.experience ?? Experience()
                let path = "\(path).add_experience"
                ids.append(try Self.add(row, before: addition.beforeId, to: &profile.experiences, path))
            case .updateExperience(let update):
                let row = update.experience ?? Experience()
                let paths = update.updateMask?.paths ?? []
                ids.append(try Self.update(row, paths, in: &profile.experiences, "\(path).update_experience"))
            case .removeExperience(let id):
                ids.append(try Self.remove(id, from: &profile.experiences, "\(path).remove_experience"))
            case .addSkill(let addition):
                let row = addition.skill ?? Skill()
                ids.append(try Self.add(row, before: addition.beforeId, to: &profile.skills, "\(path).add_skill"))
            case .updateSkill(let update):
                let row = update.skill ?? Skill()
                let paths = update.updateMask?.paths ?? []
                ids.append(try Self.update(row, paths, in: &profile.skills, "\(path).update_skill"))
            case .removeSkill(let id):
                ids.append(try Self.remove(id, from: &profile.skills, "\(path).remove_skill"))
            case nil: continue
            }
        }
        let lists = ["experiences", "skills"]
        if let violation = profile.violations().first(where: { lists.contains($0.field) }) {
            throw .invalidField(path: "edits", reason: "leave a profile whose \(violation.field) \(violation.message)")
        }
        return ids
    }

    private static func add<Row: ProfileRow>(
        _ row: Row,
        before: String,
        to rows: inout [Row],
        _ path: String
    ) throws(RepositoryError) -> String {
        var row = row
        let idPath = "\(path).\(Row.field).id"
        row.id = try row.id.isEmpty ? UUID().text : UUID(text: row.id, path: idPath).text
        guard !rows.contains(where: { $0.id == row.id }) else { throw .alreadyExists(field: idPath) }
        let index = before.isEmpty ? rows.endIndex : try Self.index(of: before, in: rows, "\(path).before_id")
        rows.insert(row, at: index)
        return row.id
    }

    private static func update<Row: ProfileRow>(
        _ row: Row,
        _ paths: [String],
        in rows: inout [Row],
        _ path: String
    ) throws(RepositoryError) -> String {
        let index = try Self.index(of: row.id, in: rows, "\(path).\(Row.field).id")
        let wasBlank = rows[index].isBlank
        for field in Row.editable where paths.contains("*") || paths.contains(field.name) {
            field.copy(from: row, to: &rows[index])
        }
        guard wasBlank || !rows[index].isBlank else {
            throw .invalidField(path: path, reason: "leaves nothing of the \(Row.field): remove it instead")
        }
        return rows[index].id
    }

    private static func remove<Row: ProfileRow>(
        _ id: String,
        from rows: inout [Row],
        _ path: String
    ) throws(RepositoryError) -> String {
        rows.remove(at: try Self.index(of: id, in: rows, path)).id
    }

    private static func index<Row: ProfileRow>(
        of id: String,
        in rows: [Row],
        _ path: String
    ) throws(RepositoryError) -> Int {
        let id = id.lowercased()
        guard let index = rows.firstIndex(where: { $0.id == id }) else {
            throw .rowNotFound(Row.resource, id: id, field: path)
        }
        return index
    }

    /// The same error about the edited profile, with the path of the edit that made it so.
    ///
    /// - Parameters:
    ///   - ids: Of each edit the id of its row, as ``apply(to:)`` returns them.
    ///   - profile: With the edits.
    func named(_ error: RepositoryError, ids: [String], in profile: Profile) -> RepositoryError {
        switch error {
        case .invalidField("", let reason): .invalidField(path: "edits", reason: "cannot be made: \(reason)")
        case .invalidField(let path, let reason):
            self.path(path, ids, profile).map { .invalidField(path: $0, reason: reason) } ?? error
        case .alreadyExists(let path): self.path(path, ids, profile).map { .alreadyExists(field: $0) } ?? error
        default: error
        }
    }

    /// - Parameter path: `experiences[3].start_date`, of the edited profile.
    /// - Returns: That of the last edit that wrote the row.
    private func path(_ path: String, _ ids: [String], _ profile: Profile) -> String? {
        let parts = path.split(separator: "[", maxSplits: 1)
        guard parts.count == 2, let end = parts[1].firstIndex(of: "]"), let place = Int(parts[1][..<end]) else {
            return nil
        }
        let member = parts[1][parts[1].index(after: end)...]
        let rows: [String] =
            switch parts[0] {
            case "experiences": profile.experiences.map(\.id)
            case "skills": profile.skills.map(\.id)
            default: []
            }
        guard rows.indices.contains(place) else { return nil }
        for (index, edit) in self.edits.enumerated().reversed()
        where ids.indices.contains(index) && ids[index] == rows[place] {
            switch edit.edit {
            case .addExperience: return "edits[\(index)].add_experience.experience\(member)"
            case .updateExperience: return "edits[\(index)].update_experience.experience\(member)"
            case .addSkill: return "edits[\(index)].add_skill.skill\(member)"
            case .updateSkill: return "edits[\(index)].update_skill.skill\(member)"
            case .removeExperience, .removeSkill, nil: continue
            }
        }
        return nil
    }
}

extension Profile {
    /// Its experiences and skills in which no field is set: nothing to store.
    ///
    /// - Returns: Their paths, `experiences[2]`.
    package var blankRows: [String] {
        func blank<Row: ProfileRow>(_ rows: [Row], _ name: String) -> [String] {
            rows.indices.filter { rows[$0].isBlank }.map { "\(name)[\($0)]" }
        }
        return blank(self.experiences, "experiences") + blank(self.skills, "skills")
    }
}

/// A message that a profile has a list of, each with an id of its own.
private protocol ProfileRow: Message {
    var id: String { get set }
    /// Of an edit.
    static var field: String { get }
    static var resource: RepositoryError.Resource { get }
    static var fieldFacts: [FieldFacts<Self>] { get }
}

extension ProfileRow {
    fileprivate static var editable: [FieldFacts<Self>] { self.fieldFacts.filter { $0.name != "id" } }

    /// No field is set, but for the id.
    fileprivate var isBlank: Bool {
        var row = self
        row.id = ""
        return row == Self()
    }
}

extension Experience: ProfileRow {
    fileprivate static var field: String { "experience" }
    fileprivate static var resource: RepositoryError.Resource { .experience }
}

extension Skill: ProfileRow {
    fileprivate static var field: String { "skill" }
    fileprivate static var resource: RepositoryError.Resource { .skill }
}
