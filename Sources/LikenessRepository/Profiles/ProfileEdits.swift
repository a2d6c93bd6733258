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
            case .addExperience, .removeExperience, .addSkill, .removeSkill: continue
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

    /// - Parameter profile: As it is stored: every row has its id.
    /// - Returns: Of each edit the id of its row.
    /// - Throws: `.notFound` for a row that the profile does not have; `.alreadyExists` for an id that one has; `.invalidField` for
    ///   more rows than a profile can have.
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
                ids.append(try Self.update(row, update.updateMask?.paths ?? [], in: &profile.experiences))
            case .removeExperience(let id): ids.append(try Self.remove(id, from: &profile.experiences))
            case .addSkill(let addition):
                let row = addition.skill ?? Skill()
                ids.append(try Self.add(row, before: addition.beforeId, to: &profile.skills, "\(path).add_skill"))
            case .updateSkill(let update):
                ids.append(
                    try Self.update(update.skill ?? Skill(), update.updateMask?.paths ?? [], in: &profile.skills)
                )
            case .removeSkill(let id): ids.append(try Self.remove(id, from: &profile.skills))
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
        rows.insert(row, at: before.isEmpty ? rows.endIndex : try Self.index(of: before, in: rows))
        return row.id
    }

    private static func update<Row: ProfileRow>(
        _ row: Row,
        _ paths: [String],
        in rows: inout [Row]
    ) throws(RepositoryError) -> String {
        let index = try Self.index(of: row.id, in: rows)
        for field in Row.editable where paths.contains("*") || paths.contains(field.name) {
            field.copy(from: row, to: &rows[index])
        }
        return rows[index].id
    }

    private static func remove<Row: ProfileRow>(_ id: String, from rows: inout [Row]) throws(RepositoryError) -> String
    {
        rows.remove(at: try Self.index(of: id, in: rows)).id
    }

    private static func index<Row: ProfileRow>(of id: String, in rows: [Row]) throws(RepositoryError) -> Int {
        let id = id.lowercased()
        guard let index = rows.firstIndex(where: { $0.id == id }) else { throw .notFound(Row.resource, key: id) }
        return index
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
}

extension Experience: ProfileRow {
    fileprivate static var field: String { "experience" }
    fileprivate static var resource: RepositoryError.Resource { .experience }
}

extension Skill: ProfileRow {
    fileprivate static var field: String { "skill" }
    fileprivate static var resource: RepositoryError.Resource { .skill }
}
