internal import Foundation
internal import LikenessReflection

extension JudgedQueries {
    static func isJSON(_ data: Data) -> Bool {
        let first = data.lazy.filter { !Self.blanks.contains($0) }.prefix(2)
        // An id may stand in brackets.
        return first.first == UInt8(ascii: "{") || first.elementsEqual("[{".utf8) || first.elementsEqual("[]".utf8)
    }

    private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

    /// The objects of JSON Lines, or of one list, each with its place.
    private static func objects(_ data: Data) throws(Fault) -> [(members: [JSONNode.Member], place: String)] {
        var splitter = JSONValueSplitter()
        var values = splitter.received(data)
        if let last = splitter.ended() { values.append(last) }
        var objects: [(members: [JSONNode.Member], place: String)] = []
        for value in values {
            let place = "line \(value.start.line)"
            let node: JSONNode
            do throws(TranscodingError) {
                node = try JSONParser.parse(value.text, from: value.start)
            } catch {
                throw Fault(description: error.problem)
            }
            switch node {
            case .object(let members): objects.append((members, place))
            case .array(let items):
                for (index, item) in items.enumerated() {
                    guard case .object(let members) = item else {
                        throw Fault(description: "\(place): [\(index)] is \(item.kind), not an object")
                    }
                    objects.append((members, "\(place), [\(index)]"))
                }
            default: throw Fault(description: "\(place): \(node.kind), not an object")
            }
        }
        return objects
    }

    mutating func readObjects(_ data: Data) throws(Fault) {
        for (members, place) in try Self.objects(data) {
            guard let set = members.first(where: { $0.name == "queries" }) else {
                try self.readQuery(members, at: place)
                continue
            }
            try Self.refuseOthers(members, than: ["name", "queries"], at: place)
            guard case .array(let items) = set.value else {
                throw Fault(description: "\(place): queries is \(set.value.kind), not an array")
            }
            self.name = try Self.text("name", of: members, at: place) ?? self.name
            for (index, item) in items.enumerated() {
                let place = "queries[\(index)]"
                guard case .object(let members) = item else {
                    throw Fault(description: "\(place): \(item.kind), not an object")
                }
                try self.readQuery(members, at: place)
            }
        }
    }

    private mutating func readQuery(_ members: [JSONNode.Member], at place: String) throws(Fault) {
        try Self.refuseOthers(members, than: ["id", "_id", "text", "kind", "relevant", "metadata"], at: place)
        let id = try Self.text("id", of: members, at: place)
        let otherID = try Self.text("_id", of: members, at: place)
        if let id, let otherID, id != otherID {
            throw Fault(description: "\(place): id is \"\(id)\", and _id \"\(otherID)\"")
        }
        let query = JudgedQuery(
            id: id ?? otherID ?? "",
            text: try Self.text("text", of: members, at: place) ?? "",
            kind: try Self.text("kind", of: members, at: place) ?? "",
            grades: [:]
        )
        try self.add(query, at: place)
        guard let relevant = members.first(where: { $0.name == "relevant" }) else { return }
        guard case .array(let items) = relevant.value else {
            throw Fault(description: "\(place): relevant is \(relevant.value.kind), not an array")
        }
        for (index, item) in items.enumerated() {
            let place = "\(place), relevant[\(index)]"
            guard case .object(let members) = item else {
                throw Fault(description: "\(place): \(item.kind), not an object")
            }
            try Self.refuseOthers(members, than: ["slug", "grade"], at: place)
            guard let slug = try Self.text("slug", of: members, at: place), !slug.isEmpty else {
                throw Fault(description: "\(place): slug is missing")
            }
            try self.grade(query.id, slug, try Self.grade(of: members, at: place), at: place)
        }
    }

    mutating func readJudgedObjects(_ data: Data) throws(Fault) {
        for (members, place) in try Self.objects(data) {
            try Self.refuseOthers(members, than: ["query", "profile", "grade"], at: place)
            guard let query = try Self.text("query", of: members, at: place), !query.isEmpty else {
                throw Fault(description: "\(place): query is missing")
            }
            guard let profile = try Self.text("profile", of: members, at: place), !profile.isEmpty else {
                throw Fault(description: "\(place): profile is missing")
            }
            try self.grade(query, profile, try Self.grade(of: members, at: place), at: place)
        }
    }

    /// A misspelt member would be left out unsaid.
    private static func refuseOthers(
        _ members: [JSONNode.Member],
        than known: [String],
        at place: String
    ) throws(Fault) {
        var seen: Set<String> = []
        for member in members {
            guard known.contains(member.name) else {
                throw Fault(description: "\(place): \"\(member.name)\" is none of \(known.joined(separator: ", "))")
            }
            guard seen.insert(member.name).inserted else {
                throw Fault(description: "\(place): \(member.name) is there twice")
            }
        }
    }

    private static func text(
        _ name: String,
        of members: [JSONNode.Member],
        at place: String
    ) throws(Fault) -> String? {
        guard let member = members.first(where: { $0.name == name }) else { return nil }
        switch member.value {
        case .string(let text): return text
        case .number(let text) where name != "text": return text
        default: throw Fault(description: "\(place): \(name) is \(member.value.kind), not a string")
        }
    }

    private static func grade(of members: [JSONNode.Member], at place: String) throws(Fault) -> Int {
        guard let member = members.first(where: { $0.name == "grade" }) else {
            throw Fault(description: "\(place): grade is missing")
        }
        guard case .number(let text) = member.value, let grade = Int(text) else {
            throw Fault(description: "\(place): grade is not a whole number")
        }
        return grade
    }
}
