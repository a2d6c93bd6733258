internal import LikenessMessages
internal import LikenessReflection

/// The document before and after it is read: what breaks the store is found, and what was not taken is kept.
extension ResumeReader {
    /// The document without what breaks the store or would vanish in it: a NUL ends it, a name that occurs twice in an
    /// object gets a number. Texts are plain.
    static func checked(_ node: JSONNode, path: String, log: ResumeLog) throws(JSONResumeError) -> JSONNode {
        switch node {
        case .null, .bool, .number: return node
        case .string(let text):
            if text.utf8.contains(0) { throw .nul(path: path) }
            guard let plain = text.withoutHTML() else { return node }
            log.countHTML(path)
            return .string(plain)
        case .array(let items):
            var checked: [JSONNode] = []
            for (index, item) in items.enumerated() {
                checked.append(try Self.checked(item, path: "\(path)[\(index)]", log: log))
            }
            return .array(checked)
        case .object(let members):
            var names: Set<String> = []
            var numbers: [String: Int] = [:]
            var checked: [JSONNode.Member] = []
            for member in members {
                let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
                if member.name.utf8.contains(0) { throw .nul(path: inner) }
                var name = member.name
                if names.contains(name) {
                    log.warn(inner, "occurs more than once: kept in attributes under another name")
                    var number = numbers[member.name] ?? 2
                    while names.contains("\(member.name) (\(number))") { number += 1 }
                    numbers[member.name] = number
                    name = "\(member.name) (\(number))"
                }
                names.insert(name)
                checked.append(.init(name, try Self.checked(member.value, path: inner, log: log)))
            }
            return .object(checked)
        }
    }

    /// What was not taken, as `attributes_json`.
    func attributes() throws(JSONResumeError) -> String {
        var members: [JSONNode.Member] = []
        if case .object(let left)? = self.root.leftover() { members = left }
        members += self.origin.kept
        guard !members.isEmpty else { return "" }
        let kept = JSONNode.object(members)
        // What of a profile's attributes is the file's; the other members are other writers'.
        let text = JSONNode.object([.init(self.origin.attributesMember, kept)]).text()
        guard text.utf8.count > Self.attributesBytesMax else { return text }
        let lighter = Self.withoutPictures(kept, path: "", log: self.log)
        let rest = JSONNode.object([.init(self.origin.attributesMember, lighter)]).text()
        guard rest.utf8.count > Self.attributesBytesMax else { return rest }
        let (path, byteCount) = Self.largestPart(of: lighter)
        throw .tooLarge(path: path, byteCount: byteCount, byteCountMax: Self.attributesBytesMax)
    }

    /// The innermost part that makes up more than half of what it is in, and its size as JSON.
    private static func largestPart(of node: JSONNode) -> (path: String, byteCount: Int) {
        var path = ""
        var (node, byteCount) = (node, node.text().utf8.count)
        while true {
            let parts: [(path: String, node: JSONNode)] =
                switch node {
                case .object(let members): members.map { (path.isEmpty ? $0.name : "\(path).\($0.name)", $0.value) }
                case .array(let items): items.enumerated().map { ("\(path)[\($0)]", $1) }
                default: []
                }
            let sizes = parts.map { $0.node.text().utf8.count }
            guard let index = sizes.indices.sorted(by: { sizes[$0] > sizes[$1] }).first,
                path.isEmpty || sizes[index] * 2 > byteCount
            else { return (path, byteCount) }
            (path, node) = parts[index]
            byteCount = sizes[index]
        }
    }

    /// Without the files that some programs put into a document as `data:` URLs.
    private static func withoutPictures(_ node: JSONNode, path: String, log: ResumeLog) -> JSONNode {
        switch node {
        case .string(let text) where text.utf8.count > 1_024 && text.hasPrefix("data:"):
            log.warn(path, "not stored: a file of \(text.utf8.count) bytes, more than attributes can hold")
            return .null
        case .array(let items):
            return .array(
                items.enumerated().map { Self.withoutPictures($1, path: "\(path)[\($0)]", log: log) }
            )
        case .object(let members):
            return .object(
                members.map {
                    let inner = path.isEmpty ? $0.name : "\(path).\($0.name)"
                    return .init($0.name, Self.withoutPictures($0.value, path: inner, log: log))
                }
            )
        default: return node
        }
    }
}
